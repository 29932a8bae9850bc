public import MetalIO
import Serving

/// A server of keys and values that speaks the Redis protocol, on any selector.
///
/// It knows PING, ECHO, GET, SET with EX, DEL, INCR, EXPIRE and TTL. COMMAND and CONFIG GET have an answer that satisfies
/// redis-cli and redis-benchmark. The store is in memory, and grows as far as the clients fill it.
///
/// One thread, one poll. Each connection is registered once, for both directions, and lives in a slab; events are
/// looked up by token, so an event of a connection that was closed earlier in the same batch finds nothing.
public struct KeyValueServer<S: Selector>: ~Copyable {
  var connections = Slab<ClientConnection<S>>()
  var loop: ServerLoop<S, SocketAddress>
  var store = Store<S>()
  let clock: S.KernelClock

  /// How many keys expire in one turn before the connections get theirs.
  var expiryShare: Int { 256 }

  /// Listens on an address; with port 0 the system chooses one: see `localAddress`.
  public init(bindingTo address: SocketAddress, on kernel: S.K = .current) throws(IOError) {
    loop = try ServerLoop(bindingTo: address, on: kernel)
    clock = S.KernelClock(on: kernel)
  }

  /// The address that clients connect to.
  public var localAddress: SocketAddress {
    get throws(IOError) { try loop.listener.localAddress }
  }

  /// Whether the stopper has woken the poll.
  var isStopping: Bool { loop.isStopping }

  /// Makes a waker that stops the server from any thread.
  public func makeStopper() throws(IOError) -> S.Waker { try loop.makeStopper() }

  /// Serves until the stopper wakes the poll, and then closes all connections.
  @specialized(where S == DefaultSelector)
  public mutating func run() throws(IOError) {
    var events = S.Events(capacity: 1024)
    while !isStopping { try turn(&events) }
    closeConnections()
  }

  /// Waits once and handles what happened.
  @inline(__always)
  mutating func turn(_ events: inout S.Events) throws(IOError) {
    try loop.wait(into: &events, timeout: timeToNextDeadline)
    // One time for the whole turn.
    let now = clock.now
    while let event = loop.nextEvent(in: &events) { serve(event, at: now) }
    store.removeExpired(at: now, atMost: expiryShare)
    if !isStopping { try loop.acceptConnections(into: &connections) { ClientConnection($0) } }
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
    loop.descriptorCameFree()
  }

  @inline(never)
  mutating func goOnLater(_ token: Token) {
    let outcome = connections.update(token) { loop.goOnLater(with: &$0.stream, token: token) }
    if outcome == .ended { end(token) }
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
