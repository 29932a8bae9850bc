// The code of the article "Code that is generic over the backend".

public import MetalIO
import Testing

extension Token {
  static var listener: Token { 0 }
}

/// Greets each client, and closes the connection.
public struct Greeter<S: Selector>: ~Copyable {
  var poll: S.Poll
  var events = S.Events(capacity: 64)
  var listener: S.TCPListener
  var greeted = 0

  /// Makes a server that listens on an address.
  public init(bindingTo address: SocketAddress, on kernel: S.K = .current) throws(IOError) {
    let poll = try S.Poll(on: kernel)
    var listener = try S.TCPListener(bindingTo: address, on: kernel)
    try poll.registry.register(&listener, token: .listener, interests: .readable)
    self.poll = poll
    self.listener = listener
  }

  /// The address that clients connect to.
  public var localAddress: SocketAddress { get throws(IOError) { try listener.localAddress } }

  /// Serves until the server has greeted a number of clients.
  @specialized(where S == DefaultSelector)
  public mutating func run(clients: Int) throws(IOError) {
    while greeted < clients {
      do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
      while let event = events.popFirst() {
        if event.token == .listener { try greet() }
      }
    }
  }

  mutating func greet() throws(IOError) {
    while let accepted = try listener.accept() {
      // An error ends only this connection.
      _ = try? accepted.stream.write("hello".utf8.span)
      greeted += 1
    }
  }
}

typealias Server = Greeter<DefaultSelector>

/// Reads all bytes that have arrived on a TCP or Unix-domain connection.
///
/// - Returns: Whether the peer may send more.
func receive<S: Selector, Address: EndpointAddress>(
  from stream: borrowing StreamSocket<S, Address>, appendingTo input: inout [UInt8]
) throws(IOError) -> Bool {
  while let count = try stream.read(appendingTo: &input, atMost: 4096) {
    if count == 0 { return false }
  }
  return true
}

/// Moves a socket or an end of a pipe to another poll.
func move<T: DescriptorSource & ~Copyable>(
  _ source: inout T, from old: T.S.Registry, to new: T.S.Registry, token: Token
) throws(IOError) {
  try old.deregister(&source)
  try new.register(&source, token: token, interests: .readable)
}

/// A connection that a program registers in place of the connection's stream.
struct Connection<S: Selector>: ~Copyable, Source {
  var stream: S.TCPStream
  var input: [UInt8] = []

  mutating func register(with registry: S.Registry, token: Token, interests: Interests) throws(IOError) {
    try stream.register(with: registry, token: token, interests: interests)
  }

  mutating func reregister(with registry: S.Registry, token: Token, interests: Interests) throws(IOError) {
    try stream.reregister(with: registry, token: token, interests: interests)
  }

  mutating func deregister(from registry: S.Registry) throws(IOError) {
    try stream.deregister(from: registry)
  }
}

/// Waits at most five seconds for an event of a registered source.
///
/// - Returns: The event, or `nil` if no event arrives in time.
private func event(on poll: inout Poll) throws(IOError) -> Event? {
  var events = Events(capacity: 4)
  let clock = KernelClock()
  let deadline = clock.now.advanced(by: .seconds(5))
  while clock.now < deadline {
    do throws(IOError) {
      try poll.wait(into: &events, timeout: clock.now.duration(to: deadline))
    } catch .interrupted { continue }
    if let event = events.popFirst() { return event }
  }
  return nil
}

@Suite("Generic code of the guide")
struct GenericCodeTests {
  @Test("A generic server runs on the default selector, and a generic function reads its greeting")
  func greeter() throws {
    var server = try Server(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
    var client = Connection<DefaultSelector>(stream: try TCPStream(connectingTo: try server.localAddress))
    try server.run(clients: 1)
    var poll = try Poll()
    let registry = poll.registry
    try registry.register(&client, token: 7, interests: .readable)
    try registry.reregister(&client, token: 8, interests: .readable)
    while try receive(from: client.stream, appendingTo: &client.input) {
      #expect(try event(on: &poll)?.token == 8)
    }
    #expect(String(decoding: client.input, as: UTF8.self) == "hello")
    try registry.deregister(&client)
  }

  @Test("A generic function moves a source to another poll")
  func moves() throws {
    let first = try Poll()
    var second = try Poll()
    var ends = try PipeEnds()
    try first.registry.register(&ends.reader, token: 1, interests: .readable)
    try move(&ends.reader, from: first.registry, to: second.registry, token: 2)
    _ = try ends.writer.write([1].span)
    #expect(try event(on: &second)?.token == 2)
  }
}
