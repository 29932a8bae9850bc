import Accepting
public import MetalIO

/// A TCP proxy that joins each of its clients to one target, on any selector.
///
/// One thread, one poll. Both streams of a connection live in one element of a slab, since each event may need both.
/// A second slab gives out the tokens, one per stream, and maps a token to its connection and side. Both
/// kinds of token carry a generation, so an event that comes too late, for either side, finds nothing.
///
/// A connection holds two fixed buffers, 16 KiB for each direction, and no more.
public struct TCPProxy<S: Selector>: ~Copyable {
  var poll: S.Poll
  var listener: S.TCPListener
  let target: SocketAddress
  let kernel: S.K
  var connections = Slab<ProxyConnection<S>>()
  var endpoints = Slab<ProxyConnection<S>.Endpoint>()

  /// A client that was accepted when there was no descriptor left for its target.
  var unmatched: S.TCPStream?

  var accepting: AcceptSchedule<S.K>
  var isStopping = false

  var listenerToken: Token { 0 }
  var stopToken: Token { 1 }

  /// Listens on one address for clients to be joined to the other; with port 0 the system chooses one.
  public init(
    bindingTo address: SocketAddress, target: SocketAddress, on kernel: S.K = .current
  ) throws(IOError) {
    let poll = try S.Poll(on: kernel)
    var listener = try S.TCPListener(bindingTo: address, on: kernel)
    try poll.registry.register(&listener, token: 0, interests: .readable)
    self.poll = poll
    self.listener = listener
    self.target = target
    self.kernel = kernel
    accepting = AcceptSchedule(on: kernel)
  }

  /// The address that clients connect to.
  public var localAddress: SocketAddress {
    get throws(IOError) { try listener.localAddress }
  }

  /// How many connections are open, each with two streams.
  public var connectionCount: Int { connections.count }

  /// Makes a waker that stops the proxy from any thread.
  public func makeStopper() throws(IOError) -> S.Waker {
    try poll.registry.makeWaker(token: stopToken)
  }

  /// Serves until the stopper wakes the poll.
  @specialized(where S == DefaultSelector)
  public mutating func run() throws(IOError) {
    var events = S.Events(capacity: 1024)
    while !isStopping {
      try turn(&events)
    }
  }

  /// Waits once and handles what happened.
  @inline(__always)
  public mutating func turn(_ events: inout S.Events, timeout: Duration? = nil) throws(IOError) {
    do throws(IOError) {
      try poll.wait(into: &events, timeout: accepting.timeout(atMost: timeout))
    } catch .interrupted {
      return
    }
    while let event = events.popFirst() {
      switch event.token {
      case listenerToken: accepting.listenerHasEvent()
      case stopToken: isStopping = true
      default: serve(event)
      }
    }
    if accepting.isDue { try acceptConnections() }
  }

  mutating func serve(_ event: S.Event) {
    guard let endpoint = endpoints.withElement(event.token, { $0 }) else { return }
    let outcome = connections.update(endpoint.connection) { connection in
      connection.advance(event, of: endpoint.side, poll.registry)
    }
    guard outcome == .ended, let connection = connections.remove(endpoint.connection) else { return }
    endpoints.remove(connection.clientToken)
    endpoints.remove(connection.targetToken)
    accepting.descriptorCameFree()
  }
}
