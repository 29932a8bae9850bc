public import MetalIO
import Serving

/// A TCP proxy that connects each of its clients to one target, on any selector.
///
/// The proxy uses one thread and one poll. Each connection has two fixed buffers of 16 KiB, one for each direction.
public struct TCPProxy<S: Selector>: ~Copyable {
  var connections: ProxyConnections<S>
  var loop: ServerLoop<S, SocketAddress>

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
    let loop = try ServerLoop<S, SocketAddress>(bindingTo: address, on: kernel)
    connections = ProxyConnections(to: target, on: kernel, loop.registry)
    self.loop = loop
  }

  /// The address that clients connect to.
  public var localAddress: SocketAddress {
    get throws(IOError) { try loop.listener.localAddress }
  }

  /// The number of open connections, each with two streams.
  public var connectionCount: Int { connections.pairs.count }

  /// Makes a waker that stops the proxy from any thread.
  public func makeStopper() throws(IOError) -> S.Waker { try loop.makeStopper() }

  /// Serves clients until the stopper wakes the poll.
  ///
  /// - Throws: An error of the poll, or the tenth error of accepting in a row.
  @specialized(where S == DefaultSelector)
  public mutating func run() throws(IOError) {
    var events = S.Events(capacity: 1024)
    while !loop.isStopping { try turn(&events) }
  }

  /// Waits once, at most for `timeout`, and handles the events.
  ///
  /// - Throws: An error of the poll, or the tenth error of accepting in a row.
  @inline(__always)
  public mutating func turn(_ events: inout S.Events, timeout: Duration? = nil) throws(IOError) {
    try loop.wait(into: &events, timeout: timeout)
    while let event = loop.nextEvent(in: &events) {
      if connections.serve(event) == .ended { loop.descriptorCameFree() }
    }
    try loop.acceptConnections { listener throws(IOError) in try connections.acceptNext(from: listener) }
  }
}
