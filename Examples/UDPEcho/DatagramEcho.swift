import MetalIO

/// The socket of an echo server, with the answer that waits for space.
struct DatagramEcho<S: Selector>: ~Copyable {
  var socket: S.UDPSocket

  /// Where the datagram in the buffer must go and how long it is, while it waits for space.
  ///
  /// Meanwhile the socket is registered for writing alone, and otherwise for reading alone.
  var unsent: ReceivedDatagram<SocketAddress>?

  /// Datagrams answered in one turn before the poll is asked again, so that a flood cannot keep the stopper waiting.
  var fairShare: Int { 64 }

  init(_ socket: consuming S.UDPSocket) {
    self.socket = socket
  }

  /// Answers until nothing is left to receive, the system takes no more, or this turn's share is used up.
  mutating func advance(_ event: S.Event, _ buffer: inout [UInt8], _ registry: S.Registry) throws(IOError) {
    if unsent != nil {
      guard sendUnsent(buffer.span) else { return }
      // What has come meanwhile is reported by the next poll.
      return try registry.reregister(&socket, token: event.token, interests: .readable)
    }
    for _ in 0..<fairShare {
      do throws(IOError) {
        guard let datagram = try socket.receive(into: buffer.mutableSpan) else { return }
        unsent = datagram
      } catch {
        switch error.kind {
        // An earlier answer was refused. This call has taken the error, so the next one receives.
        case .connectionRefused, .networkDown, .networkUnreachable, .hostUnreachable: continue
        // Any other error may last, for example in a sandbox, and a retry would spin.
        default: throw error
        }
      }
      guard sendUnsent(buffer.span) else {
        return try registry.reregister(&socket, token: event.token, interests: .writable)
      }
    }
    // There may be more. Reregistering reports the condition again.
    try registry.reregister(&socket, token: event.token, interests: .readable)
  }

  /// Sends the datagram in hand, if there is one; returns false if it has to wait for space.
  mutating func sendUnsent(_ buffer: Span<UInt8>) -> Bool {
    guard let datagram = unsent else { return true }
    do throws(IOError) {
      let bytes = buffer.extracting(first: datagram.count)
      guard try socket.send(bytes, to: datagram.source) != nil else { return false }
    } catch {
      // Dropped. A forged source, such as port 0, is enough to get here, so it says nothing about the socket.
    }
    unsent = nil
    return true
  }
}
