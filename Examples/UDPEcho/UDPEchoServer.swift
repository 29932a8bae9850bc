public import MetalIO

/// A UDP server that sends each datagram back to where it came from, on any selector.
///
/// When the system has no space for an answer, the server keeps that one datagram and receives nothing more until it
/// is sent. The answers stay in order, memory stays at one datagram, and what arrives too fast is lost in the
/// system's receive queue, where UDP loses datagrams anyway. An answer that cannot be sent for another reason is
/// dropped, since its sender is used to losses and the other senders must not notice.
public struct UDPEchoServer<S: Selector>: ~Copyable {
  var poll: S.Poll
  var echo: DatagramEcho<S>

  /// The one datagram in hand; no UDP datagram is longer, so none is ever truncated.
  var buffer = [UInt8](repeating: 0, count: 65_535)
  var isStopping = false

  var socketToken: Token { 0 }
  var stopToken: Token { 1 }

  /// Binds to an address; with port 0 the system chooses one: see `localAddress`.
  public init(bindingTo address: SocketAddress, on kernel: S.K = .current) throws(IOError) {
    let poll = try S.Poll(on: kernel)
    var socket = try S.UDPSocket(bindingTo: address, on: kernel)
    // Not for writing: epoll reports a UDP socket writable after each datagram that it has sent.
    try poll.registry.register(&socket, token: 0, interests: .readable)
    self.poll = poll
    echo = DatagramEcho(socket)
  }

  /// The address that clients send to.
  public var localAddress: SocketAddress {
    get throws(IOError) { try echo.socket.localAddress }
  }

  /// Makes a waker that stops the server from any thread.
  public func makeStopper() throws(IOError) -> S.Waker {
    try poll.registry.makeWaker(token: stopToken)
  }

  /// Serves until the stopper wakes the poll.
  @specialized(where S == DefaultSelector)
  public mutating func run() throws(IOError) {
    var events = S.Events(capacity: 4)
    while !isStopping {
      try turn(&events)
    }
  }

  /// Waits once and handles what happened.
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
