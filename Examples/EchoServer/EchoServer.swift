public import MetalIO
import Serving

/// A TCP server that sends received bytes back, on any selector.
///
/// The server uses one thread and one poll. The server registers each connection once, for reading and writing, and
/// keeps the connection in a slab. For each event, the server looks up the connection by the event's token. If an earlier
/// event of the same batch has closed the connection, the lookup finds nothing.
public struct EchoServer<S: Selector>: ~Copyable {
  var connections = Slab<EchoConnection<S>>()
  var loop: ServerLoop<S, SocketAddress>
  var buffer = EchoConnection<S>.Buffer(repeating: 0)

  /// Makes a server that listens on an address.
  ///
  /// - Parameters:
  ///   - address: The address. With port 0 the system chooses a port: see `localAddress`.
  ///   - kernel: The kernel on which the server runs.
  /// - Throws: The errors of `S.Poll(on:)`, of `S.TCPListener(bindingTo:on:)` and of registering the listener. For
  ///   example, the error is `.addressInUse` if another listener holds the address.
  public init(bindingTo address: SocketAddress, on kernel: S.K = .current) throws(IOError) {
    loop = try ServerLoop(bindingTo: address, on: kernel)
  }

  /// The address that clients connect to.
  ///
  /// - Throws: `.badDescriptor` if code outside of the server has closed the listener's descriptor.
  public var localAddress: SocketAddress {
    get throws(IOError) { try loop.listener.localAddress }
  }

  /// The number of open connections.
  public var connectionCount: Int { connections.count }

  /// Makes a waker that stops the server from any thread.
  ///
  /// - Throws: The errors of `Registry.makeWaker(token:)`, such as `.tooManyOpenFiles` if no descriptor is left.
  public func makeStopper() throws(IOError) -> S.Waker { try loop.makeStopper() }

  /// Serves clients until the stopper wakes the poll.
  ///
  /// - Throws: An error of the poll, or the tenth lasting error of accepting in a row.
  @specialized(where S == DefaultSelector)
  public mutating func run() throws(IOError) {
    var events = S.Events(capacity: 1024)
    while !loop.isStopping { try turn(&events) }
  }

  /// Waits once, and handles the events.
  ///
  /// - Parameters:
  ///   - events: The container to fill, which the caller reuses.
  ///   - timeout: The longest time to wait; `nil` waits without a limit.
  /// - Throws: An error of the poll, or the tenth lasting error of accepting in a row.
  @inline(__always)
  public mutating func turn(_ events: inout S.Events, timeout: Duration? = nil) throws(IOError) {
    try loop.wait(into: &events, timeout: timeout)
    while let event = loop.nextEvent(in: &events) { serve(event) }
    try loop.acceptConnections(into: &connections) { EchoConnection($0) }
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
    loop.descriptorCameFree()
  }

  @inline(never)
  mutating func goOnLater(_ token: Token) {
    let outcome = connections.update(token) { loop.goOnLater(with: &$0.stream, token: token) }
    if outcome == .ended { end(token) }
  }
}
