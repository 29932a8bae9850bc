/// One end of a TCP connection: the bytes and the progress of both directions.
///
/// Bytes and numbers are separate, because Swift checks only accesses to a queue of bytes at run time.
final class Connection {
  /// The serial number that the packets of both directions carry.
  let serial: UInt64
  let local: Packet.End
  let peer: Packet.End
  /// Whether the connection came through a listener, whose port it uses.
  var usesListenerPort = false
  /// The bytes that the program has written and that wait to be sent.
  var outgoing = ByteQueue()
  /// The bytes that have arrived and that the program has not read.
  var incoming = ByteQueue()
  var sending = Sending()
  var receiving: Receiving

  init(_ serial: UInt64, _ local: Packet.End, _ peer: Packet.End, window: Int) {
    self.serial = serial
    self.local = local
    self.peer = peer
    receiving = Receiving(promised: window)
  }

  /// Makes a packet to the other end.
  func packet(_ kind: Packet.Kind, count: Int = 0) -> Packet {
    Packet(kind: kind, source: local, target: peer, connection: serial, count: count)
  }

  /// The number of bytes that wait to be sent or to be acknowledged.
  var unsent: Int { outgoing.count + sending.unacknowledged }

  /// Drops all bytes that wait to be sent or to be acknowledged.
  func dropOutgoing() {
    outgoing.removeAll()
    sending.unacknowledged = 0
  }

  /// Drops the bytes that have arrived, and returns their number.
  func dropIncoming() -> Int {
    let count = incoming.count
    incoming.removeAll()
    return count
  }
}

/// The progress of the sending direction.
struct Sending {
  /// The state of the end of the stream.
  enum End {
    /// The program may write.
    case open
    /// The program writes nothing more, and the end follows the last byte.
    case requested
    /// The end of the stream is on its way.
    case sent
    /// The other side has received the end of the stream.
    case delivered
  }

  var end = End.open
  /// Whether this direction ended before the other direction; `nil` until it has ended.
  var wasFirst: Bool?
  /// The room at the other end, in bytes, as far as this end knows.
  var credit = 0
  /// The number of bytes that this end has sent and that the other end has not acknowledged.
  var unacknowledged = 0
  /// Whether `sendSegments` is running.
  var isPumping = false
}

/// The progress of the receiving direction.
struct Receiving {
  /// Whether the program reads nothing more.
  var isShut = false
  /// Whether the other end sends nothing more.
  var hasEnded = false
  /// The size of the receive buffer that this end has announced last.
  private var promised: Int
  /// The number of bytes that this end has promised room for, and that a smaller buffer cannot hold.
  private var excess = 0
  /// The new room, which is too small for an announcement (R10).
  private var unannounced = 0
  /// The number of discarded bytes, which made no room (S10).
  private var thrownAway = 0

  init(promised: Int) {
    self.promised = promised
  }

  /// The room that the handshake announces to the other end.
  var window: Int { promised }

  /// Whether nothing more arrives for the program.
  var isOver: Bool { isShut || hasEnded }

  /// Records discarded bytes, which make no room, so that the window closes.
  mutating func throwAway(_ count: Int) {
    thrownAway += count
  }

  /// Returns the room to announce after the program has closed its end, which drops `count` bytes.
  mutating func drop(_ count: Int) -> Int {
    let room = count + unannounced + thrownAway - excess
    (unannounced, thrownAway, excess) = (0, 0, 0)
    return max(room, 0)
  }

  /// Returns the room to announce after the program has taken bytes.
  ///
  /// This end does not announce room below both `least` and half the buffer, so that the other end sends no small
  /// segments. A smaller buffer makes no room before the program has read the excess.
  ///
  /// Source: RFC 9293, section 3.8.6.2.2.
  mutating func room(taking count: Int, least: Int) -> Int {
    unannounced += count
    let taken = min(unannounced, excess)
    excess -= taken
    unannounced -= taken
    guard unannounced >= min(least, promised / 2) else { return 0 }
    defer { unannounced = 0 }
    return unannounced
  }

  /// Changes the size of the buffer, and returns the room to announce.
  mutating func resize(to size: Int, least: Int) -> Int {
    let growth = size - promised
    promised = size
    guard growth < 0 else { return room(taking: growth, least: least) }
    excess -= growth
    return 0
  }
}
