import MetalCore
import Testing

/// A server that sends back whatever it receives, for one client.
///
/// It is registered nowhere, so that the test's loop tells of the client alone; the loop steps it between its polls.
struct EchoPeer<Address: StreamAddress>: ~Copyable {
  let address: Address
  private let listener: ListeningSocket<Selector, Address>
  private var stream: StreamSocket<Selector, Address>?
  private var unsent: [UInt8]

  init(_ address: Address) throws(IOError) {
    let listener = try ListeningSocket<Selector, Address>(bindingTo: address)
    self.address = try listener.localAddress
    self.listener = listener
    stream = nil
    unsent = []
  }

  /// Accepts, reads and writes as far as that is possible now; at the end of the stream it closes its own end.
  mutating func step() throws(IOError) {
    guard let current = try takeStream() else { return }
    var isFinished = false
    var buffer = [UInt8](repeating: 0, count: 4096)
    while let count = try current.read(into: buffer.mutableSpan) {
      isFinished = count == 0
      if isFinished { break }
      unsent += buffer[..<count]
    }
    while !unsent.isEmpty, let count = try current.write(unsent.span) {
      unsent.removeFirst(count)
    }
    if !isFinished || !unsent.isEmpty { stream = .some(current) }
  }

  private mutating func takeStream() throws(IOError) -> StreamSocket<Selector, Address>? {
    if let current = stream.take() { return current }
    guard let accepted = try listener.accept() else { return nil }
    return accepted.stream
  }
}

extension EchoPeer where Address == SocketAddress {
  init() throws(IOError) { try self.init(anyPort) }
}

extension Loop {
  /// As `expect(_:_:)`, but polls for shorter and steps the peer before each poll.
  @discardableResult
  mutating func expect<A>(
    _ token: Token, _ flags: Flags, stepping peer: inout EchoPeer<A>, sourceLocation: SourceLocation = #_sourceLocation
  ) throws(IOError) -> [Event] {
    try expectEach([token: flags], polls: 150, timeout: .milliseconds(10), sourceLocation: sourceLocation) {
      () throws(IOError) in try peer.step()
    }
  }

  /// Reads until `count` bytes have come, and steps the peer meanwhile; `token` is the stream's, registered for
  /// reading.
  mutating func readEcho<A>(
    _ count: Int, from stream: borrowing StreamSocket<Selector, A>, token: Token, stepping peer: inout EchoPeer<A>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws(IOError) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: count)
    while bytes.count < count {
      while let moved = try stream.read(into: buffer.mutableSpan) {
        guard moved > 0 else { return bytes }
        bytes += buffer[..<moved]
      }
      if bytes.count >= count { break }
      let events = try expect(token, .readable, stepping: &peer, sourceLocation: sourceLocation)
      guard events.contains(where: { $0.token == token && $0.isReadable }) else { break }
    }
    return bytes
  }
}
