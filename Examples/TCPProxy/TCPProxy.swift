import Accepting
public import MetalIO

/// A TCP proxy that connects each of its clients to one target, on any selector.
///
/// The proxy uses one thread and one poll. One element of a slab holds the two streams of a connection, because an
/// event may need both. A second slab issues a token for each stream, and maps the token to its connection and side.
/// The tokens of both slabs carry a generation. So an event of a stream that has ended finds nothing.
///
/// Each connection has two fixed buffers of 16 KiB, one for each direction.
public struct TCPProxy<S: Selector>: ~Copyable {
  var poll: S.Poll
  var listener: S.TCPListener
  let target: SocketAddress
  let kernel: S.K
  var connections = Slab<ProxyConnection<S>>()
  var endpoints = Slab<ProxyConnection<S>.Endpoint>()

  /// An accepted client whose stream to the target still lacks a descriptor or memory.
  var unmatched: S.TCPStream?

  var accepting: AcceptSchedule<S.K>
  var isStopping = false

  var listenerToken: Token { 0 }
  var stopToken: Token { 1 }

  /// Makes a proxy that listens on one address and connects each client to another.
  ///
  /// - Parameters:
  ///   - address: The address to listen on. With port 0 the system chooses a port: see `localAddress`.
  ///   - target: The address to connect to.
  ///   - kernel: The kernel on which the proxy runs.
  /// - Throws: The errors of `S.Poll(on:)` and `S.TCPListener(bindingTo:on:)`, such as `.addressInUse` if another
  ///   listener holds the address.
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
  ///
  /// - Throws: The error of the system's call; none is expected.
  public var localAddress: SocketAddress {
    get throws(IOError) { try listener.localAddress }
  }

  /// The number of open connections, each with two streams.
  public var connectionCount: Int { connections.count }

  /// Makes a waker that stops the proxy from any thread.
  ///
  /// - Throws: `.tooManyOpenFiles` if the waker needs a descriptor and none is left.
  public func makeStopper() throws(IOError) -> S.Waker {
    try poll.registry.makeWaker(token: stopToken)
  }

  /// Serves clients until the stopper wakes the poll.
  ///
  /// - Throws: An error of the poll, or the tenth error of accepting in a row.
  @specialized(where S == DefaultSelector)
  public mutating func run() throws(IOError) {
    var events = S.Events(capacity: 1024)
    while !isStopping {
      try turn(&events)
    }
  }

  /// Waits once and handles the events.
  ///
  /// - Parameters:
  ///   - events: A container for events, which the proxy reuses.
  ///   - timeout: The longest time to wait; `nil` waits without a limit.
  /// - Throws: An error of the poll, or the tenth error of accepting in a row.
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
