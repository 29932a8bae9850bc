import MetalCore

/// The far end of a connection to a server under test, on a machine of its own, which does what a test tells it to.
///
/// `@unchecked Sendable`: the test's own thread runs the actions that use a peer.
final class Peer: @unchecked Sendable {
  private var stream: TCPStream?
  private(set) var received: [UInt8] = []
  /// Whether the end of the stream has been read, or an error.
  private(set) var hasEnded = false
  private(set) var error: IOError.Kind?

  init(
    connectingTo address: SocketAddress, on kernel: SimulatedKernel,
    options: [SocketSetting<SocketKind.Stream, SocketAddress>] = []
  ) throws(IOError) {
    stream = try TCPStream(connectingTo: address, options: options, on: kernel)
  }

  /// Writes all that there is room for; returns how much that was.
  @discardableResult
  func send(_ bytes: [UInt8]) throws(IOError) -> Int {
    var sent = 0
    while sent < bytes.count, let count = try stream?.write(bytes.span.extracting(sent...)) {
      sent += count
    }
    return sent
  }

  /// Reads all that has arrived.
  func receive() {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    do throws(IOError) {
      while !hasEnded, let count = try stream?.read(into: buffer.mutableSpan) {
        received += buffer[..<count]
        hasEnded = count == 0
      }
    } catch {
      hasEnded = true
      self.error = error.kind
    }
  }

  /// Says that it will send nothing more.
  func finish() throws(IOError) {
    try stream?.shutdown(.write)
  }

  func close() { stream = nil }

  /// Breaks the connection off.
  func reset() throws(IOError) {
    try stream?.setOption(.linger, to: .zero)
    stream = nil
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
