/// One end of a TCP connection: both directions, and the other end.
final class Connection {
  /// The serial number that the packets of both directions carry.
  let serial: UInt64
  let peer: Packet.End
  /// Whether the connection came through a listener, whose port it uses.
  var usesListenerPort = false
  var outgoing = Outgoing()
  var incoming: Incoming

  init(_ serial: UInt64, peer: Packet.End, window: Int) {
    self.serial = serial
    self.peer = peer
    incoming = Incoming(promised: window)
  }
}

/// The direction in which one end of a connection sends.
struct Outgoing {
  /// The progress of the direction's end.
  enum End {
    /// The program may write.
    case open
    /// The program writes nothing more, and the end follows the last byte.
    case requested
    /// The end is on its way; whether the other direction had not ended when it left.
    case sent(isFirst: Bool)
    /// The other side has the end.
    case delivered(isFirst: Bool)
  }

  var bytes = ByteQueue()
  var end = End.open
  /// The number of bytes that the other end still has room for, as far as this end knows.
  var credit = 0
  /// The number of bytes that were sent and that the other end has not acknowledged.
  var unacknowledged = 0
  private var isPumping = false

  /// The number of bytes that the other end has not taken over.
  var unsent: Int { bytes.count + unacknowledged }

  var isOpen: Bool {
    if case .open = end { true } else { false }
  }

  var isDelivered: Bool {
    if case .delivered = end { true } else { false }
  }

  /// Whether the end was sent before the other direction had ended; `nil` if it was not sent yet.
  var wasFirst: Bool? {
    switch end {
    case .open, .requested: nil
    case .sent(let isFirst), .delivered(let isFirst): isFirst
    }
  }

  /// Whether there are bytes that the other end has room for.
  var hasSegment: Bool { credit > 0 && !bytes.isEmpty }

  /// Begins to send segments; returns whether no other call is sending them.
  mutating func beginPumping() -> Bool {
    defer { isPumping = true }
    return !isPumping
  }

  /// Moves the bytes of the next segment into a queue, and returns their number.
  mutating func cutSegment(into segment: inout ByteQueue) -> Int {
    let count = min(bytes.count, credit)
    credit -= count
    unacknowledged += count
    segment.move(count, from: &bytes)
    return count
  }

  /// Ends sending segments; returns whether the end of the direction is to be sent now.
  mutating func endPumping(isFirst: Bool) -> Bool {
    isPumping = false
    guard case .requested = end, bytes.isEmpty else { return false }
    end = .sent(isFirst: isFirst)
    return true
  }

  /// Drops everything that was not sent.
  mutating func drop() {
    bytes.removeAll()
    unacknowledged = 0
  }
}

/// The direction in which one end of a connection receives.
struct Incoming {
  var bytes = ByteQueue()
  /// The program reads nothing more.
  var isShut = false
  /// The other end sends nothing more.
  var hasEnded = false
  /// The size of the receive buffer that was announced to the other end last.
  private var promised: Int
  /// The number of bytes that the other end was promised room for, and that a smaller buffer would not have.
  private var excess = 0

  init(promised: Int) {
    self.promised = promised
  }

  /// The room that the handshake announces to the other end.
  var window: Int { promised }

  /// Whether nothing more arrives for the program.
  var isOver: Bool { isShut || hasEnded }

  /// Drops what has arrived, and returns the number of bytes.
  mutating func drop() -> Int {
    defer { bytes.removeAll() }
    return bytes.count
  }

  /// Returns how much room there is to announce when bytes were taken.
  ///
  /// A buffer that was made smaller takes up what is read before it makes room.
  mutating func room(taking count: Int) -> Int {
    let taken = min(count, excess)
    excess -= taken
    return count - taken
  }

  /// Takes over another size of the buffer, and returns how much room there is to announce.
  mutating func resize(to size: Int) -> Int {
    let growth = size - promised
    promised = size
    guard growth < 0 else { return room(taking: growth) }
    excess -= growth
    return 0
  }
}
