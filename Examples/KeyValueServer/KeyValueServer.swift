import Accepting
public import MetalIO

/// A server of keys and values that speaks the Redis protocol, on any selector.
///
/// It knows PING, ECHO, GET, SET with EX, DEL, INCR, EXPIRE and TTL. COMMAND and CONFIG GET have an answer that satisfies
/// redis-cli and redis-benchmark. The store is in memory, and grows as far as the clients fill it.
///
/// One thread, one poll. Each connection is registered once, for both directions, and lives in a slab; events are
/// looked up by token, so an event of a connection that was closed earlier in the same batch finds nothing.
public struct KeyValueServer<S: Selector>: ~Copyable {
  var poll: S.Poll
  var listener: S.TCPListener
  var connections = Slab<ClientConnection<S>>()
  var store = Store<S>()

  let clock: S.KernelClock
  var accepting: AcceptSchedule<S.K>
  var isStopping = false

  var listenerToken: Token { 0 }
  var stopToken: Token { 1 }

  /// How many keys expire in one turn before the connections get theirs.
  var expiryShare: Int { 256 }

  /// Listens on an address; with port 0 the system chooses one: see `localAddress`.
  public init(bindingTo address: SocketAddress, on kernel: S.K = .current) throws(IOError) {
    let poll = try S.Poll(on: kernel)
    var listener = try S.TCPListener(bindingTo: address, on: kernel)
    try poll.registry.register(&listener, token: 0, interests: .readable)
    self.poll = poll
    self.listener = listener
    clock = S.KernelClock(on: kernel)
    accepting = AcceptSchedule(on: kernel)
  }

  /// The address that clients connect to.
  public var localAddress: SocketAddress {
    get throws(IOError) { try listener.localAddress }
  }

  /// Makes a waker that stops the server from any thread.
  public func makeStopper() throws(IOError) -> S.Waker {
    try poll.registry.makeWaker(token: stopToken)
  }

  /// Serves until the stopper wakes the poll, and then closes all connections.
  @specialized(where S == DefaultSelector)
  public mutating func run() throws(IOError) {
    var events = S.Events(capacity: 1024)
    while !isStopping {
      try turn(&events)
    }
    closeConnections()
  }

  /// Waits once and handles what happened.
  @inline(__always)
  mutating func turn(_ events: inout S.Events) throws(IOError) {
    do throws(IOError) {
      try poll.wait(into: &events, timeout: accepting.timeout(atMost: timeToNextDeadline))
    } catch .interrupted {
      return
    }
    // One time for the whole turn.
    let now = clock.now
    while let event = events.popFirst() {
      switch event.token {
      case listenerToken: accepting.listenerHasEvent()
      case stopToken: isStopping = true
      default: serve(event, at: now)
      }
    }
    store.removeExpired(at: now, atMost: expiryShare)
    if accepting.isDue, !isStopping { try acceptConnections() }
  }

  /// How long a wait may last before a key expires; with a deadline in the past, the poll does not wait.
  var timeToNextDeadline: Duration? {
    guard let deadline = store.nearestDeadline else { return nil }
    return clock.now.duration(to: deadline)
  }

  mutating func serve(_ event: S.Event, at now: S.KernelClock.Instant) {
    switch connections.update(event.token, { $0.advance(event, &store, at: now) }) {
    case .ended: end(event.token)
    case .interrupted: goOnLater(event.token)
    case .waiting, nil: break
    }
  }

  mutating func end(_ token: Token) {
    connections.remove(token)
    accepting.descriptorCameFree()
  }

  /// Has the connection's condition reported again, after the other connections' events.
  @inline(never)
  mutating func goOnLater(_ token: Token) {
    let registry = poll.registry
    let isRegistered = connections.update(token) { connection in
      do throws(IOError) {
        try registry.reregister(&connection.stream, token: token, interests: [.readable, .writable])
        return true
      } catch {
        return false
      }
    }
    if isRegistered == false { end(token) }
  }

  /// Accepts the connections that wait, if it is time to.
  @inline(never)
  mutating func acceptConnections() throws(IOError) {
    // A copy, since the closure changes the server.
    var schedule = accepting
    defer { accepting = schedule }
    try schedule.acceptIfDue { () throws(IOError) in try acceptNext() }
  }

  /// Accepts one connection; returns false if none waits.
  mutating func acceptNext() throws(IOError) -> Bool {
    guard let accepted = try listener.accept() else { return false }
    var stream = accepted.stream
    // It fails on some systems for a connection that was reset already, which its first event reports.
    do throws(IOError) { try stream.setOption(.noDelay, to: true) } catch {}
    let token = connections.nextToken
    try poll.registry.register(&stream, token: token, interests: [.readable, .writable])
    connections.insert(ClientConnection(stream))
    return true
  }

  /// Executes what has arrived, writes the answers as far as the peers take them, and closes the connections.
  ///
  /// Bytes that nobody has read would make the system reset the connection, and the peer could lose its answers.
  mutating func closeConnections() {
    let now = clock.now
    connections.updateEach { _, connection in _ = connection.advance(&store, at: now) }
    connections.removeAll()
  }
}
