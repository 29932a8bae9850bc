import MetalIO
import Serving

/// The connections of a proxy.
///
/// One element of a slab holds the two streams of a connection, because an event may need both. A second slab issues a
/// token for each stream, and maps the token to its connection and side. The tokens of both slabs contain a generation.
/// So the token of a stream that has ended is in neither slab.
struct ProxyConnections<S: Selector>: ~Copyable {
  let target: SocketAddress
  let kernel: S.K
  let registry: S.Registry
  var pairs = Slab<ProxyConnection<S>>()
  var endpoints = Slab<ProxyConnection<S>.Endpoint>()

  /// An accepted client without a stream to the target, because descriptors or memory were short.
  var unmatched: S.TCPStream?

  init(to target: SocketAddress, on kernel: S.K, _ registry: S.Registry) {
    self.target = target
    self.kernel = kernel
    self.registry = registry
  }

  /// Handles an event of a stream.
  ///
  /// - Returns: The state of the connection, or `nil` if the stream has already ended.
  mutating func serve(_ event: S.Event) -> ConnectionOutcome? {
    guard let endpoint = endpoints.withElement(event.token, { $0 }) else { return nil }
    let outcome = pairs.update(endpoint.connection) { $0.advance(event, of: endpoint.side, registry) }
    if outcome == .ended, let pair = pairs.remove(endpoint.connection) {
      endpoints.remove(pair.clientToken)
      endpoints.remove(pair.targetToken)
    }
    return outcome
  }

  /// Accepts one client, and starts to connect to the target.
  ///
  /// If descriptors or memory are too short for the target's stream, the proxy keeps the accepted client for the next
  /// attempt. Any other error of connecting ends only this client.
  ///
  /// - Returns: `false` if no client waits.
  /// - Throws: The errors of accepting, or a shortage of descriptors or memory while connecting.
  @inline(never)
  mutating func acceptNext(from listener: borrowing S.TCPListener) throws(IOError) -> Bool {
    if unmatched == nil { unmatched = try listener.acceptWithoutDelay() }
    if unmatched == nil { return false }
    do throws(IOError) {
      try matchUnmatched()
    } catch {
      if error.kind.isShortage { throw error }
      unmatched = nil
    }
    return true
  }

  /// Starts to connect to the target, and joins the stream to the accepted client.
  mutating func matchUnmatched() throws(IOError) {
    let target = try S.TCPStream(connectingTo: target, on: kernel)
    try target.setOption(.noDelay, to: true)
    guard let client = unmatched.take() else { return }

    let token = pairs.nextToken
    let clientToken = endpoints.insert(ProxyConnection<S>.Endpoint(connection: token, side: .client))
    let targetToken = endpoints.insert(ProxyConnection<S>.Endpoint(connection: token, side: .target))
    do throws(IOError) {
      pairs.insert(
        try ProxyConnection(client: client, token: clientToken, target: target, token: targetToken, registry))
    } catch {
      endpoints.remove(clientToken)
      endpoints.remove(targetToken)
      throw error
    }
  }
}
