import MetalIO

/// The socket of an echo server, with an answer that waits for space.
struct DatagramEcho<S: Selector>: ~Copyable {
  var socket: S.UDPSocket

  /// The destination and the length of the datagram in the buffer, while the datagram waits for space.
  ///
  /// While a datagram waits, the socket is registered only for writing. Otherwise the socket is registered only for
  /// reading.
  var unsent: ReceivedDatagram<SocketAddress>?

  /// The number of datagrams that one turn answers.
  ///
  /// The limit ensures that a flood of datagrams does not delay the stopper.
  var fairShare: Int { 64 }

  init(_ socket: consuming S.UDPSocket) {
    self.socket = socket
  }

  /// Answers datagrams until none is left, the system takes no more, or the turn reaches its limit.
  mutating func advance(_ event: S.Event, _ buffer: inout [UInt8], _ registry: S.Registry) throws(IOError) {
    if unsent != nil {
      guard sendUnsent(buffer.span) else { return }
      // The next poll reports datagrams that have arrived since.
      return try registry.reregister(&socket, token: event.token, interests: .readable)
    }
    for _ in 0..<fairShare {
      do throws(IOError) {
        guard let datagram = try socket.receive(into: buffer.mutableSpan) else { return }
        unsent = datagram
      } catch {
        switch error.kind {
        // An earlier answer was refused. This call has returned the error, so the next call receives a datagram.
        case .connectionRefused, .networkDown, .networkUnreachable, .hostUnreachable: continue
        // Any other error may last, for example in a sandbox, and a retry would spin.
        default: throw error
        }
      }
      guard sendUnsent(buffer.span) else {
        return try registry.reregister(&socket, token: event.token, interests: .writable)
      }
    }
    // More datagrams may wait. Reregistering reports the condition again.
    try registry.reregister(&socket, token: event.token, interests: .readable)
  }

  /// Sends the waiting datagram, if there is one; returns `false` if the system has no space for it.
  mutating func sendUnsent(_ buffer: Span<UInt8>) -> Bool {
    guard let datagram = unsent else { return true }
    do throws(IOError) {
      let bytes = buffer.extracting(first: datagram.count)
      guard try socket.send(bytes, to: datagram.source) != nil else { return false }
    } catch {
      // The datagram is dropped. A forged source address, such as port 0, can cause this error, so the socket itself
      // may be intact.
    }
    unsent = nil
    return true
  }
}
