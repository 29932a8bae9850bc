public import MetalCore

/// A poll, a listener, a schedule for accepting connections, and a stopper.
///
/// A turn waits once, handles the events of the connections, and accepts connections:
///
/// ```swift
/// try loop.wait(into: &events)
/// while let event = loop.nextEvent(in: &events) { serve(event) }
/// try loop.acceptConnections(into: &connections) { EchoConnection($0) }
/// ```
public struct ServerLoop<S: Selector, Address: EndpointAddress>: ~Copyable {
  @usableFromInline var poll: S.Poll
  @usableFromInline var accepting: AcceptSchedule<S.K>

  /// The listener, which the loop has registered.
  public let listener: ListeningSocket<S, Address>

  /// Whether the stopper has woken the poll.
  public var isStopping = false

  @inlinable static var listenerToken: Token { 0 }
  @inlinable static var stopToken: Token { 1 }

  /// Makes a loop that listens on an address.
  ///
  /// - Parameters:
  ///   - address: The address. With port 0 the system chooses a port.
  ///   - kernel: The kernel on which the loop runs.
  /// - Throws: The errors of `Poll(on:)`, of `ListeningSocket(bindingTo:on:)` and of registering the listener. For
  ///   example, the error is `.addressInUse` if another listener holds the address.
  @inlinable
  public init(bindingTo address: Address, on kernel: S.K) throws(IOError) {
    let poll = try S.Poll(on: kernel)
    var listener = try ListeningSocket<S, Address>(bindingTo: address, on: kernel)
    try poll.registry.register(&listener, token: Self.listenerToken, interests: .readable)
    self.poll = poll
    self.listener = listener
    accepting = AcceptSchedule(on: kernel)
  }

  /// The registry of the poll.
  ///
  /// Register sources under the tokens of a slab, which are never 0 or 1. The loop itself uses the tokens 0 and 1.
  @inlinable public var registry: S.Registry { poll.registry }

  /// Makes a waker that stops the server from any thread.
  ///
  /// - Throws: The errors of `Registry.makeWaker(token:)`, such as `.tooManyOpenFiles` if no descriptor is left.
  @inlinable
  public func makeStopper() throws(IOError) -> S.Waker { try poll.registry.makeWaker(token: Self.stopToken) }

  // MARK: - A turn

  /// Waits once for events.
  ///
  /// If the server must accept earlier than `timeout`, the wait ends at that time. An interrupted wait delivers no events.
  ///
  /// - Parameters:
  ///   - events: The container to fill, which the server reuses.
  ///   - timeout: The longest time to wait; `nil` waits without a limit.
  /// - Throws: The errors of `Poll.wait(into:timeout:)`, except `.interrupted`.
  @inlinable @inline(__always)
  public mutating func wait(into events: inout S.Events, timeout: Duration? = nil) throws(IOError) {
    do throws(IOError) {
      try poll.wait(into: &events, timeout: accepting.timeout(atMost: timeout))
    } catch .interrupted {}
  }

  /// Takes the next event of a connection.
  ///
  /// The loop itself handles the events of the listener and of the stopper.
  ///
  /// - Parameter events: The container that `wait(into:timeout:)` has filled.
  /// - Returns: The event, or `nil` if no event of a connection is left.
  @inlinable @inline(__always)
  public mutating func nextEvent(in events: inout S.Events) -> S.Event? {
    while let event = events.popFirst() {
      // Most events need one comparison, because the tokens of a slab are larger than the tokens of the loop.
      if event.token > Self.stopToken { return event }
      if event.token == Self.stopToken { isStopping = true } else { accepting.listenerHasEvent() }
    }
    return nil
  }

  /// Accepts connections, if the server must accept in this turn.
  ///
  /// `AcceptSchedule` decides when the server accepts, and how many connections.
  ///
  /// - Parameter acceptNext: A closure that accepts one connection, or returns `false` if no connection waits.
  /// - Throws: The tenth lasting error that `acceptNext` throws in a row.
  @inlinable @inline(__always)
  public mutating func acceptConnections(
    _ acceptNext: (borrowing ListeningSocket<S, Address>) throws(IOError) -> Bool
  ) throws(IOError) {
    guard accepting.mayAccept else { return }
    // The code works on a copy, because the closure borrows the loop.
    var schedule = accepting
    defer { accepting = schedule }
    try schedule.acceptIfDue { () throws(IOError) in try acceptNext(listener) }
  }

  // MARK: - After a connection's part of a turn

  /// Reregisters a stream that has more to do, so that the poll reports the stream again.
  ///
  /// The new event comes after the events of the other connections.
  ///
  /// - Parameters:
  ///   - stream: The registered stream of a connection.
  ///   - token: The token of the connection.
  /// - Returns: `.waiting`, or `.ended` if the system refuses the change.
  @inlinable @inline(never)
  public func goOnLater(with stream: inout StreamSocket<S, Address>, token: Token) -> ConnectionOutcome {
    do throws(IOError) {
      try registry.reregister(&stream, token: token, interests: [.readable, .writable])
      return .waiting
    } catch {
      return .ended
    }
  }

  /// Ends a pause that waits for a free descriptor.
  ///
  /// Call this method after closing a connection.
  @inlinable public mutating func descriptorCameFree() { accepting.descriptorCameFree() }
}

// MARK: - Accepting over TCP

extension ServerLoop where Address == SocketAddress {
  /// Accepts connections into a slab, if the server must accept in this turn.
  ///
  /// The loop registers each connection for reading and writing, under its token in the slab.
  ///
  /// - Parameters:
  ///   - connections: The slab of the connections.
  ///   - connection: A closure that makes a connection from an accepted stream.
  /// - Throws: The tenth lasting error in a row of accepting or registering a stream.
  @inlinable @inline(__always)
  public mutating func acceptConnections<Connection: ~Copyable>(
    into connections: inout Slab<Connection>, _ connection: (consuming S.TCPStream) -> Connection
  ) throws(IOError) {
    if accepting.mayAccept { try acceptIfDue(into: &connections, connection) }
  }

  @inlinable @inline(never)
  mutating func acceptIfDue<Connection: ~Copyable>(
    into connections: inout Slab<Connection>, _ connection: (consuming S.TCPStream) -> Connection
  ) throws(IOError) {
    var schedule = accepting
    defer { accepting = schedule }
    try schedule.acceptIfDue { () throws(IOError) in try acceptNext(into: &connections, connection) }
  }

  // In a method, the compiler borrows the registry. In the closure above, the compiler would retain the registry for each
  // connection.
  @inlinable @inline(__always)
  func acceptNext<Connection: ~Copyable>(
    into connections: inout Slab<Connection>, _ connection: (consuming S.TCPStream) -> Connection
  ) throws(IOError) -> Bool {
    // A closure cannot consume a variable that it captures, but it can take the stream out of an optional.
    var stream = try listener.acceptWithoutDelay()
    if stream == nil { return false }
    try connections.insert { token throws(IOError) in
      try registry.register(&stream!, token: token, interests: [.readable, .writable])
      return connection(stream.take()!)
    }
    return true
  }
}

extension ListeningSocket where Address == SocketAddress {
  /// Accepts a connection and sets `.noDelay`, so that the system sends small writes at once.
  ///
  /// - Returns: The stream, or `nil` if no connection waits.
  /// - Throws: The errors of `accept()`, such as `.tooManyOpenFiles` if no descriptor is left.
  @inlinable
  public func acceptWithoutDelay() throws(IOError) -> S.TCPStream? {
    guard let accepted = try accept() else { return nil }
    let stream = accepted.stream
    // On some systems, this option fails for a connection that the peer has reset. The first event of the connection
    // reports the reset.
    do throws(IOError) { try stream.setOption(.noDelay, to: true) } catch {}
    return stream
  }
}
