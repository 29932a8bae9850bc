public import MetalCore

/// A poll, a listener, the schedule by which a server accepts connections, and a stopper.
///
/// A server waits, handles the events of its connections, and accepts:
///
/// ```swift
/// try loop.wait(into: &events)
/// while let event = loop.nextEvent(in: &events) { serve(event) }
/// try loop.acceptConnections(into: &connections) { EchoConnection($0) }
/// ```
public struct ServerLoop<S: Selector, Address: EndpointAddress>: ~Copyable {
  @usableFromInline var poll: S.Poll
  @usableFromInline var accepting: AcceptSchedule<S.K>

  /// The listener, which is registered.
  public let listener: ListeningSocket<S, Address>

  /// Whether the stopper has woken the poll.
  public var isStopping = false

  @inlinable static var listenerToken: Token { 0 }
  @inlinable static var stopToken: Token { 1 }

  /// Listens on an address.
  ///
  /// - Throws: The errors of `Poll(on:)` and `ListeningSocket(bindingTo:on:)`.
  @inlinable
  public init(bindingTo address: Address, on kernel: S.K) throws(IOError) {
    let poll = try S.Poll(on: kernel)
    var listener = try ListeningSocket<S, Address>(bindingTo: address, on: kernel)
    try poll.registry.register(&listener, token: Self.listenerToken, interests: .readable)
    self.poll = poll
    self.listener = listener
    accepting = AcceptSchedule(on: kernel)
  }

  /// The registry of the poll, for sources with the tokens of a slab, which are never 0 or 1.
  @inlinable public var registry: S.Registry { poll.registry }

  /// Makes a waker that stops the server from any thread.
  ///
  /// - Throws: `.tooManyOpenFiles` if the waker needs a descriptor and none is left.
  @inlinable
  public func makeStopper() throws(IOError) -> S.Waker { try poll.registry.makeWaker(token: Self.stopToken) }

  // MARK: - A turn

  /// Waits once, until accepting is due at the latest; an interrupted wait delivers no events.
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

  /// Takes the next event of a connection; the loop itself handles those of the listener and the stopper.
  @inlinable @inline(__always)
  public mutating func nextEvent(in events: inout S.Events) -> S.Event? {
    while let event = events.popFirst() {
      // One comparison for most events, because the tokens of a slab are larger.
      if event.token > Self.stopToken { return event }
      if event.token == Self.stopToken { isStopping = true } else { accepting.listenerHasEvent() }
    }
    return nil
  }

  /// Accepts connections if accepting is due: see `AcceptSchedule`.
  ///
  /// - Parameter acceptNext: Accepts one connection from the listener; returns `false` if none waits.
  /// - Throws: The tenth lasting error in a row, as `acceptNext` has thrown it.
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

  /// Reregisters a stream, so that its condition is reported again after the other connections' events.
  @inlinable @inline(never)
  public func goOnLater(with stream: inout StreamSocket<S, Address>, token: Token) -> ConnectionOutcome {
    do throws(IOError) {
      try registry.reregister(&stream, token: token, interests: [.readable, .writable])
      return .waiting
    } catch {
      return .ended
    }
  }

  /// Ends a pause of accepting that waits for a descriptor; call it after closing a connection.
  @inlinable public mutating func descriptorCameFree() { accepting.descriptorCameFree() }
}

// MARK: - Accepting over TCP

extension ServerLoop where Address == SocketAddress {
  /// Accepts connections if accepting is due, registers them for reading and writing, and inserts them into a slab.
  ///
  /// - Parameters:
  ///   - connections: The connections, whose tokens their events carry.
  ///   - connection: Makes a connection of an accepted stream.
  /// - Throws: The tenth lasting error in a row.
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

  // In a method the compiler borrows the registry. In the closure above it retains the registry for each connection.
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
  /// Accepts a connection whose small writes are sent at once; returns `nil` if none waits.
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
