import Accepting
public import MetalIO

/// A TCP server that sends received bytes back, on any selector.
///
/// The server uses one thread and one poll. Each connection is registered once, for reading and writing, and lives in a
/// slab. The token of an event finds its connection. An event of a connection that was closed earlier in the same batch
/// finds nothing.
public struct EchoServer<S: Selector>: ~Copyable {
  var poll: S.Poll
  var listener: S.TCPListener
  var connections = Slab<EchoConnection<S>>()
  var buffer = EchoConnection<S>.Buffer(repeating: 0)

  var accepting: AcceptSchedule<S.K>
  var isStopping = false

  var listenerToken: Token { 0 }
  var stopToken: Token { 1 }

  /// Makes a server that listens on an address.
  ///
  /// - Parameters:
  ///   - address: The address. With port 0 the system chooses a port: see `localAddress`.
  ///   - kernel: The kernel on which the server runs.
  /// - Throws: The errors of `S.Poll(on:)` and `S.TCPListener(bindingTo:on:)`, such as `.addressInUse` if another
  ///   listener holds the address.
  public init(bindingTo address: SocketAddress, on kernel: S.K = .current) throws(IOError) {
    let poll = try S.Poll(on: kernel)
    var listener = try S.TCPListener(bindingTo: address, on: kernel)
    try poll.registry.register(&listener, token: 0, interests: .readable)
    self.poll = poll
    self.listener = listener
    accepting = AcceptSchedule(on: kernel)
  }

  /// The address that clients connect to.
  ///
  /// - Throws: The error of the system's call; none is expected.
  public var localAddress: SocketAddress {
    get throws(IOError) { try listener.localAddress }
  }

  /// The number of open connections.
  public var connectionCount: Int { connections.count }

  /// Makes a waker that stops the server from any thread.
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
  ///   - events: A container for events, which the server reuses.
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

  /// Accepts the waiting connections if accepting is due.
  @inline(never)
  mutating func acceptConnections() throws(IOError) {
    // The code works on a copy, because the closure changes the server.
    var schedule = accepting
    defer { accepting = schedule }
    try schedule.acceptIfDue { () throws(IOError) in try acceptNext() }
  }

  /// Accepts one connection; returns `false` if none waits.
  mutating func acceptNext() throws(IOError) -> Bool {
    guard let accepted = try listener.accept() else { return false }
    var stream = accepted.stream
    // On some systems, this option fails for a connection that the peer has reset. The first event of the connection
    // reports the reset.
    do throws(IOError) { try stream.setOption(.noDelay, to: true) } catch {}
    let token = connections.nextToken
    try poll.registry.register(&stream, token: token, interests: [.readable, .writable])
    connections.insert(EchoConnection(stream))
    return true
  }

  mutating func serve(_ event: S.Event) {
    switch connections.update(event.token, { $0.advance(event, &buffer) }) {
    case .ended: end(event.token)
    case .interrupted: goOnLater(event.token)
    case .waiting, nil: break
    }
  }

  mutating func end(_ token: Token) {
    connections.remove(token)
    accepting.descriptorCameFree()
  }

  /// Reregisters the connection, so that its condition is reported again after the other connections' events.
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
}
