public import MetalCore

extension TCPProxy {
  /// Accepts until no client waits.
  ///
  /// When the process has run out of descriptors, the waiting client stays in the listener's queue and no event comes
  /// for it again, and trying at once would spin. So accepting is put off until a connection has ended, or a poll has
  /// timed out, in case the descriptors went elsewhere. If it is the second descriptor of a connection that is
  /// missing, the accepted client is kept meanwhile rather than turned away.
  @inlinable
  mutating func acceptConnections() throws(IOError) {
    acceptsLater = false
    while true {
      do throws(IOError) {
        guard try acceptUnmatched() else { return }
        try matchUnmatched()
      } catch {
        switch error.kind {
        case .tooManyOpenFiles, .tooManyOpenFilesInSystem, .noBufferSpace, .outOfMemory, .noSpace:
          acceptsLater = true
          return
        case .badDescriptor:
          throw error
        default:
          // The error of the one client that was next, or of reaching the target for it: close it, if it is not gone
          // already, and go on with the others.
          unmatched = nil
        }
      }
    }
  }

  /// Accepts a client, unless one is kept from before; returns false if there is none.
  @inlinable
  mutating func acceptUnmatched() throws(IOError) -> Bool {
    if unmatched != nil { return true }
    guard let accepted = try listener.acceptIfReady() else { return false }
    let stream = accepted.stream
    unmatched = .some(stream)
    // It fails on some systems for a connection that was reset already, which its first event will tell.
    do throws(IOError) { try unmatched?.setNoDelay(true) } catch {}
    return true
  }

  /// Starts to connect to the target for the accepted client, and joins the two.
  @inlinable
  mutating func matchUnmatched() throws(IOError) {
    let target = try TCPStream<S>(connectingTo: target, on: kernel)
    try target.setNoDelay(true)
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
