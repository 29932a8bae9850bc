import Accepting
import MetalIO

extension TCPProxy {
  /// Accepts the waiting clients if accepting is due.
  @inline(never)
  mutating func acceptConnections() throws(IOError) {
    // The code works on a copy, because the closure changes the proxy.
    var schedule = accepting
    defer { accepting = schedule }
    try schedule.acceptIfDue { () throws(IOError) in try acceptNext() }
  }

  /// Accepts one client and starts to connect to the target; returns `false` if no client waits.
  ///
  /// If descriptors or memory are too short for the target's stream, the proxy keeps the accepted client for the next
  /// attempt. Any other error of connecting ends only this client.
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

  /// Accepts a client, unless the proxy has kept one; returns `false` if there is none.
  mutating func acceptUnmatched() throws(IOError) -> Bool {
    if unmatched != nil { return true }
    guard let accepted = try listener.accept() else { return false }
    let stream = accepted.stream
    unmatched = .some(stream)
    // On some systems, this option fails for a connection that the peer has reset. The first event of the connection
    // reports the reset.
    do throws(IOError) { try unmatched?.setOption(.noDelay, to: true) } catch {}
    return true
  }

  /// Starts to connect to the target, and joins the stream to the accepted client.
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
