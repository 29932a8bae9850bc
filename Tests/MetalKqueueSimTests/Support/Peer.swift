import MetalCore
import Synchronization

/// The far end of a connection to a server under test, on a machine of its own, which does what a test tells it to.
final class Peer: Sendable {
  private struct State: ~Copyable {
    var stream: TCPStream?
    var received: [UInt8] = []
    var hasEnded = false
    var error: IOError.Kind?
  }

  private let state: Mutex<State>

  init(
    connectingTo address: SocketAddress, on kernel: SimulatedKernel,
    options: [SocketSetting<SocketKind.Stream, SocketAddress>] = []
  ) throws(IOError) {
    state = Mutex(State(stream: try TCPStream(connectingTo: address, options: options, on: kernel)))
  }

  var received: [UInt8] { state.withLock { $0.received } }

  /// Whether the end of the stream has been read, or an error.
  var hasEnded: Bool { state.withLock { $0.hasEnded } }

  var error: IOError.Kind? { state.withLock { $0.error } }

  /// Writes all that there is room for; returns how much that was.
  @discardableResult
  func send(_ bytes: [UInt8]) throws(IOError) -> Int {
    try state.withLock { state throws(IOError) in
      var sent = 0
      while sent < bytes.count, let count = try state.stream?.write(bytes.span.extracting(sent...)) {
        sent += count
      }
      return sent
    }
  }

  /// Reads all that has arrived.
  func receive() {
    state.withLock { state in
      var buffer = [UInt8](repeating: 0, count: 4_096)
      do throws(IOError) {
        while !state.hasEnded, let count = try state.stream?.read(into: buffer.mutableSpan) {
          state.received += buffer[..<count]
          state.hasEnded = count == 0
        }
      } catch {
        state.hasEnded = true
        state.error = error.kind
      }
    }
  }

  /// Says that it will send nothing more.
  func finish() throws(IOError) {
    try state.withLock { state throws(IOError) in try state.stream?.shutdown(.write) }
  }

  func close() { state.withLock { $0.stream = nil } }

  /// Breaks the connection off.
  func reset() throws(IOError) {
    try state.withLock { state throws(IOError) in
      try state.stream?.setOption(.linger, to: .zero)
      state.stream = nil
    }
  }
}

/// Bytes that differ from their neighbours, so that none can be lost or doubled unnoticed.
func pattern(_ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}

extension Simulation {
  /// Takes turns of a program until one of them delivers no event; the simulation keeps records.
  func settle(_ turn: () throws(IOError) -> Void) throws(IOError) {
    var before: Int
    repeat {
      before = deliveryCount
      try turn()
    } while deliveryCount > before
  }

  private var deliveryCount: Int { trace.records.count { $0.kind == .delivery } }
}
