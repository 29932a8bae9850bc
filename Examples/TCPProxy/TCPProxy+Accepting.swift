import Accepting
import MetalIO

extension TCPProxy {
  /// Accepts the clients that wait, if it is time to.
  @inline(never)
  mutating func acceptConnections() throws(IOError) {
    // A copy, since the closure changes the proxy.
    var schedule = accepting
    defer { accepting = schedule }
    try schedule.acceptIfDue { () throws(IOError) in try acceptNext() }
  }

  /// Accepts one client and starts to connect to the target for it; returns false if no client waits.
  ///
  /// If descriptors or memory are short for the target, the accepted client is kept for the next attempt. Any other error
  /// of reaching the target ends this client alone.
  mutating func acceptNext() throws(IOError) -> Bool {
    guard try acceptUnmatched() else { return false }
    do throws(IOError) {
      try matchUnmatched()
    } catch {
      if error.kind.isShortage { throw error }
      unmatched = nil
    }
    return true
  }

  /// Accepts a client, unless one is kept from before; returns false if there is none.
  mutating func acceptUnmatched() throws(IOError) -> Bool {
    if unmatched != nil { return true }
    guard let accepted = try listener.accept() else { return false }
    let stream = accepted.stream
    unmatched = .some(stream)
    // It fails on some systems for a connection that was reset already, which its first event reports.
    do throws(IOError) { try unmatched?.setOption(.noDelay, to: true) } catch {}
    return true
  }

  /// Starts to connect to the target for the accepted client, and joins the two.
  mutating func matchUnmatched() throws(IOError) {
    let target = try S.TCPStream(connectingTo: target, on: kernel)
    try target.setOption(.noDelay, to: true)
    guard let client = unmatched.take() else { return }

    let token = connections.nextToken
    let clientToken = endpoints.insert(ProxyConnection<S>.Endpoint(connection: token, side: .client))
    let targetToken = endpoints.insert(ProxyConnection<S>.Endpoint(connection: token, side: .target))
    do throws(IOError) {
      connections.insert(
        try ProxyConnection(
          client: client, token: clientToken, target: target, token: targetToken, poll.registry))
    } catch {
      endpoints.remove(clientToken)
      endpoints.remove(targetToken)
      throw error
    }
  }
}
