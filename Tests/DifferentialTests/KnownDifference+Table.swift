import MetalCore

extension KnownDifference {
  /// The table, in the order in which it is searched.
  ///
  /// The X-rows were found by comparing.
  static let all: [KnownDifference] = streams + unixStreams + datagrams + pipes

  // MARK: - Streams

  private static let streams: [KnownDifference] = [
    KnownDifference("R15", "writing to a broken connection says so; Linux tells the pending error first") {
      $0.isWrite && $0.simulated == .failed(.brokenPipe)
        && ($0.real == .failed(.connectionReset) || $0.real == .failed(.connectionRefused))
    },
    KnownDifference("R14", "a peek or a failed write leaves the pending error to be read; on Linux they take it") {
      $0.isRead && $0.simulated.isConnectionError && $0.real == .bytes([])
        || $0.isTakingError && $0.simulated.isConnectionError && $0.real == .done(0)
    },
    KnownDifference("S11", "data for a socket that was shut down both ways resets the connection on Linux") {
      $0.kind == .tcpStream && $0.showsReset
        && ($0.history.isSuperset(of: [.shutRead, .shutWrite])
          || $0.history.isSuperset(of: [.peerShutRead, .peerShutWrite]))
    },
    KnownDifference("S6", "a reset after the end of the stream is told as a broken pipe on Linux") {
      if case .takeError = $0.operation {
        return $0.simulated == .failed(.connectionReset) && $0.real == .failed(.brokenPipe)
      }
      return false
    },
    KnownDifference("S12", "what came after shutting down reading is unread on Linux, so that closing resets") {
      $0.kind == .tcpStream && $0.showsReset && $0.history.isSuperset(of: [.peerShutRead, .peerClosed])
    },
    KnownDifference("S10", "own shutdown of reading throws away what has arrived; Linux keeps it") {
      $0.isRead && $0.history.contains(.shutRead) && $0.real.hasBytes
        && ($0.simulated == .bytes([]) || $0.simulated.isConnectionError)
    },
    KnownDifference("S15", "a connection that was reset while it waited is not accepted; Linux hands it out") {
      if case .accept = $0.operation {
        return $0.simulated == .failed(.connectionAborted) && $0.real == .done(0)
      }
      return false
    },
    KnownDifference("S25", "after a reset the options of TCP fail; on Linux they are there", lasts: false) {
      guard case .setOption = $0.operation, case .done = $0.real else { return false }
      return $0.kind == .tcpStream && $0.simulated == .failed(.connectionReset)
    },
  ]

  private static let unixStreams: [KnownDifference] = [
    KnownDifference("S19", "a stream whose peer has closed is not connected; on Linux it is") {
      $0.kind == .unixStream && $0.peerIsGone && $0.simulated == .failed(.notConnected)
    },
    KnownDifference("B21", "a peer that closes with something unread resets a Unix-domain stream on Linux alone") {
      $0.kind == .unixStream && $0.peerIsGone && $0.real == .failed(.connectionReset)
    },
  ]

  // MARK: - Datagrams

  private static let datagrams: [KnownDifference] = [
    KnownDifference("UDP-12", "a connected socket sends to no other address; on Linux it does") {
      if case .sendTo = $0.operation { return $0.simulated == .failed(.alreadyConnected) }
      return false
    },
    KnownDifference("X3", "connecting a datagram socket again forgets the pending error; Linux keeps it") {
      $0.kind == .udp && $0.history.contains(.reconnected) && $0.real == .failed(.connectionRefused)
    },
    KnownDifference("R14", "a peek leaves the pending error of a datagram socket; on Linux it takes it") {
      guard $0.kind == .udp, $0.simulated == .failed(.connectionRefused) else { return false }
      if case .done = $0.real { return true }
      return $0.real == .failed(.wouldBlock)
    },
    KnownDifference("R15", "datagrams that have arrived are received before the pending error; on Linux after it") {
      guard case .bytes = $0.simulated else { return false }
      return $0.isRead && $0.kind == .udp && $0.real == .failed(.connectionRefused)
    },
    KnownDifference("B17", "a refused datagram fires the reading filter as well", lasts: false) {
      $0.operation == .poll && $0.kind == .udp && $0.direction == .reading && $0.simulated.tells(.reading)
        && $0.history.contains(.connected)
    },
    KnownDifference("S20", "the peer of a Unix-domain datagram socket leaves an error when it goes") {
      $0.kind == .unixDatagram && $0.peerIsGone
        && ($0.simulated == .failed(.connectionReset) || $0.simulated == .failed(.destinationAddressRequired)
          || $0.simulated.tells(.reading))
    },
  ]

  // MARK: - Pipes

  private static let pipes: [KnownDifference] = [
    KnownDifference("P8", "the reading filter of a pipe's writer tells that the reader is gone", lasts: false) {
      $0.operation == .poll && $0.kind == .writer && $0.direction == .reading && $0.simulated.tells(.reading)
    },
    KnownDifference("X2", "a write of no bytes to a broken pipe says so; Linux writes them", lasts: false) {
      if case .write(_, _, 0) = $0.operation {
        return $0.kind == .writer && $0.simulated == .failed(.brokenPipe)
      }
      return false
    },
  ]
}

extension Difference {
  /// Whether it may come of a reset that Linux has had and the simulator has not.
  fileprivate var showsReset: Bool {
    let kinds: [IOError.Kind] = [.connectionReset, .brokenPipe, .notConnected]
    return operation == .poll || real == .bytes([]) || kinds.contains { real == .failed($0) }
      || isTakingError && real == .done(0)
  }

  fileprivate var peerIsGone: Bool { !history.isDisjoint(with: [.peerClosed, .peerReset]) }

  fileprivate var isTakingError: Bool {
    if case .takeError = operation { true } else { false }
  }

  fileprivate var isWrite: Bool {
    switch operation {
    case .write, .sendTo, .floodAndDrain: true
    default: false
    }
  }

  fileprivate var isRead: Bool {
    if case .read = operation { true } else { false }
  }
}

extension Observation {
  fileprivate var isConnectionError: Bool {
    self == .failed(.connectionReset) || self == .failed(.connectionRefused)
  }

  fileprivate var hasBytes: Bool {
    if case .bytes(let bytes) = self { !bytes.isEmpty } else { false }
  }

  /// Whether a poll told of a direction, whatever the token.
  fileprivate func tells(_ direction: Direction) -> Bool {
    if case .told(let told) = self { told.values.contains { $0[direction] } } else { false }
  }
}
