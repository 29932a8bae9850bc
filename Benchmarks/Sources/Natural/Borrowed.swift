import Glibc
import MetalCore
import MetalSystem

typealias BorrowedDescriptor = BenchmarkSelector.BorrowedDescriptor

/// A server as ``Server``, on connections that are descriptors of the program's own.
struct BorrowingServer: ~Copyable {
  private var poll: Poll
  private var events = Events(capacity: 256)
  private var listener: TCPListener
  private var connections = Slab<BorrowedConnection>()
  private var buffer = Buffer(repeating: 0)
  private let drains: Bool
  private var ended = 0

  init(_ poll: consuming Poll, _ listener: consuming TCPListener, _ drains: Bool) {
    self.poll = poll
    self.listener = listener
    self.drains = drains
  }

  mutating func run(_ count: Int) throws(IOError) {
    while ended < count {
      do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
      while let event = events.popFirst() { try serve(event) }
    }
  }

  private mutating func serve(_ event: Event) throws(IOError) {
    guard event.token != .listener else { return try accept() }
    let goesOn = connections.update(event.token) { $0.serve(event, &buffer, drains: drains) }
    if goesOn == false {
      connections.remove(event.token)
      ended += 1
    }
  }

  private mutating func accept() throws(IOError) {
    while let accepted = try listener.accept() {
      connections.insert(try BorrowedConnection(accepted.stream, poll.registry, connections.nextToken))
    }
  }
}

/// A connection that is a descriptor of the program's own, and reads and writes by `perform(_:)`.
private struct BorrowedConnection: ~Copyable {
  // In this order: the registration ends before the descriptor is closed.
  private var source: BorrowedDescriptor
  private let owner: OwnedDescriptor

  init(_ stream: consuming TCPStream, _ registry: Registry, _ token: Token) throws(IOError) {
    try stream.setOption(.noDelay, to: true)
    let owner = stream.releaseDescriptor()
    var source = BorrowedDescriptor(owner.rawDescriptor)
    try registry.register(&source, token: token, interests: [.readable, .writable])
    self.source = source
    self.owner = owner
  }

  /// Returns whether the connection goes on; it ends if the socket does not take everything.
  mutating func serve(_ event: Event, _ buffer: inout Buffer, drains: Bool) -> Bool {
    guard event.isReadable || event.isReadClosed || event.isError else { return true }
    do throws(IOError) {
      while let count = try read(into: &buffer) {
        if count == 0 { return false }
        guard try write(&buffer, count) == count else { return false }
        if !drains && !event.isReadClosed && count < buffer.count { return true }
      }
      return true
    } catch {
      return false
    }
  }

  private func read(into buffer: inout Buffer) throws(IOError) -> Int? {
    // Safety: the call writes at most as many bytes as the buffer has.
    try source.perform { socket throws(IOError) in try checked(unsafe recv(socket, &buffer, buffer.count, 0)) }
  }

  private func write(_ buffer: inout Buffer, _ count: Int) throws(IOError) -> Int? {
    let flags = Int32(MSG_NOSIGNAL)
    // Safety: the call reads bytes of the buffer.
    return try source.perform { socket throws(IOError) in try checked(unsafe send(socket, &buffer, count, flags)) }
  }
}

/// A call's result, or its error.
private func checked(_ result: Int) throws(IOError) -> Int {
  guard result < 0 else { return result }
  throw errno == EAGAIN ? IOError(.wouldBlock) : IOError(.connectionReset, code: errno)
}
