public import MetalIO

/// A UDP server that sends each datagram back to its sender, on any selector.
///
/// If the system has no space for an answer, the server keeps the datagram, and receives no other datagram before this
/// answer is sent. So the answers stay in order, and the memory stays at one datagram. Datagrams that arrive too fast
/// are lost in the system's receive queue, where UDP may lose datagrams at any time. If an answer cannot be sent for
/// another reason, the server drops it. The sender of that datagram expects losses, and other senders are not affected.
public struct UDPEchoServer<S: Selector>: ~Copyable {
  var poll: S.Poll
  var echo: DatagramEcho<S>

  /// The current datagram.
  ///
  /// The buffer has room for any UDP datagram, so none is truncated.
  var buffer = [UInt8](repeating: 0, count: 65_535)
  var isStopping = false

  var socketToken: Token { 0 }
  var stopToken: Token { 1 }

  /// Makes a server that is bound to an address.
  ///
  /// - Parameters:
  ///   - address: The address. With port 0 the system chooses a port: see `localAddress`.
  ///   - kernel: The kernel on which the server runs.
  /// - Throws: The errors of `S.Poll(on:)` and `S.UDPSocket(bindingTo:on:)`, such as `.addressInUse` if another socket
  ///   holds the address.
  public init(bindingTo address: SocketAddress, on kernel: S.K = .current) throws(IOError) {
    let poll = try S.Poll(on: kernel)
    var socket = try S.UDPSocket(bindingTo: address, on: kernel)
    // The socket is not registered for writing, because epoll reports a UDP socket as writable after each sent
    // datagram.
    try poll.registry.register(&socket, token: 0, interests: .readable)
    self.poll = poll
    echo = DatagramEcho(socket)
  }

  /// The address that clients send to.
  ///
  /// - Throws: The error of the system's call; none is expected.
  public var localAddress: SocketAddress {
    get throws(IOError) { try echo.socket.localAddress }
  }

  /// Makes a waker that stops the server from any thread.
  ///
  /// - Throws: `.tooManyOpenFiles` if the waker needs a descriptor and none is left.
  public func makeStopper() throws(IOError) -> S.Waker {
    try poll.registry.makeWaker(token: stopToken)
  }

  /// Serves clients until the stopper wakes the poll.
  ///
  /// - Throws: An error of the poll, or a lasting error of the socket.
  @specialized(where S == DefaultSelector)
  public mutating func run() throws(IOError) {
    var events = S.Events(capacity: 4)
    while !isStopping {
      try turn(&events)
    }
  }

  /// Waits once and handles the events.
  ///
  /// - Parameters:
  ///   - events: A container for events, which the server reuses.
  ///   - timeout: The longest time to wait; `nil` waits without a limit.
  /// - Throws: An error of the poll, or a lasting error of the socket.
  @inline(__always)
  public mutating func turn(_ events: inout S.Events, timeout: Duration? = nil) throws(IOError) {
    do throws(IOError) {
      try poll.wait(into: &events, timeout: timeout)
    } catch .interrupted {
      return
    }
    while let event = events.popFirst() {
      switch event.token {
      case socketToken: try echo.advance(event, &buffer, poll.registry)
      case stopToken: isStopping = true
      default: break
      }
    }
  }
}
