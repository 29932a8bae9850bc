public import MetalIO
import Serving

/// A server of keys and values that speaks the Redis protocol, on any selector.
///
/// The server executes PING, ECHO, GET, SET with EX, DEL, INCR, EXPIRE and TTL. For COMMAND and CONFIG GET, the server
/// sends the answers that redis-cli and redis-benchmark need. All keys are in memory, and their number has no limit.
///
/// The server uses one thread and one poll. The server registers each connection once, for reading and writing, and
/// keeps the connection in a slab. For each event, the server looks up the connection by the event's token. If an earlier
/// event of the same batch has closed the connection, the lookup finds nothing.
public struct KeyValueServer<S: Selector>: ~Copyable {
  var connections = Slab<ClientConnection<S>>()
  var loop: ServerLoop<S, SocketAddress>
  var store = Store<S>()
  let clock: S.KernelClock

  /// The largest number of expired keys that one turn removes.
  ///
  /// The limit prevents a long pause of the connections when many keys expire at once.
  var expiryShare: Int { 256 }

  /// Makes a server that listens on an address.
  ///
  /// - Parameters:
  ///   - address: The address. With port 0 the system chooses a port: see `localAddress`.
  ///   - kernel: The kernel on which the server runs.
  /// - Throws: The errors of `S.Poll(on:)`, of `S.TCPListener(bindingTo:on:)` and of registering the listener. For
  ///   example, the error is `.addressInUse` if another listener holds the address.
  public init(bindingTo address: SocketAddress, on kernel: S.K = .current) throws(IOError) {
    loop = try ServerLoop(bindingTo: address, on: kernel)
    clock = S.KernelClock(on: kernel)
  }

  /// The address that clients connect to.
  ///
  /// - Throws: `.badDescriptor` if code outside of the server has closed the listener's descriptor.
  public var localAddress: SocketAddress {
    get throws(IOError) { try loop.listener.localAddress }
  }

  /// Whether the stopper has woken the poll.
  var isStopping: Bool { loop.isStopping }

  /// Makes a waker that stops the server from any thread.
  ///
  /// - Throws: The errors of `Registry.makeWaker(token:)`, such as `.tooManyOpenFiles` if no descriptor is left.
  public func makeStopper() throws(IOError) -> S.Waker { try loop.makeStopper() }

  /// Serves clients until the stopper wakes the poll, and then closes all connections.
  ///
  /// - Throws: An error of the poll, or the tenth lasting error of accepting in a row.
  @specialized(where S == DefaultSelector)
  public mutating func run() throws(IOError) {
    var events = S.Events(capacity: 1024)
    while !isStopping { try turn(&events) }
    closeConnections()
  }

  /// Waits once, and handles the events and the expired keys.
  @inline(__always)
  mutating func turn(_ events: inout S.Events) throws(IOError) {
    try loop.wait(into: &events, timeout: timeToNextDeadline)
    // All commands of a turn use the same time.
    let now = clock.now
    while let event = loop.nextEvent(in: &events) { serve(event, at: now) }
    store.removeExpired(at: now, atMost: expiryShare)
    if !isStopping { try loop.acceptConnections(into: &connections) { ClientConnection($0) } }
  }

  /// The time until the next key expires, or `nil` if no key has a deadline.
  ///
  /// If a deadline has passed, the value is zero or negative, and the poll does not wait.
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

  /// Answers arrived commands, as far as the peers take the answers, and closes all connections.
  ///
  /// If the server closed a connection with unread bytes, the system would reset the connection. The peer could then lose
  /// its answers.
  mutating func closeConnections() {
    let now = clock.now
    connections.updateEach { _, connection in _ = connection.advance(&store, at: now) }
    connections.removeAll()
  }
}
