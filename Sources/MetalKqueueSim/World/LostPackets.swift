/// The lost packets of connections, which the senders repeat.
///
/// The sender holds all packets that follow a lost packet of the same direction, because a stream keeps its order.
struct LostPackets {
  /// One direction of a connection between two machines.
  struct Direction: Hashable {
    let connection: UInt64
    /// The number of the machine that sends.
    let host: Int
  }

  /// The packets that wait for the next attempt.
  struct Queue {
    var packets: [Packet]
    /// The time at which the first packet was lost, in nanoseconds.
    let start: Int64
    /// The time to the next attempt, in nanoseconds, which doubles with each attempt.
    var delay: Int64 = 1_000_000_000
  }

  /// The longest time between two attempts, in nanoseconds (`TCPTV_REXMTMAX` in tcp_timer.h).
  static var longestDelay: Int64 { 64_000_000_000 }

  var queues: [Direction: Queue] = [:]

  /// Whether a packet must wait behind a lost packet.
  func isBehind(_ packet: borrowing Packet) -> Bool {
    guard packet.isRepeated, let first = queues[packet.direction]?.packets.first else { return false }
    return first.number < packet.number
  }

  /// Holds a packet in the order of sending.
  ///
  /// - Returns: Whether no other packet of the direction is held.
  mutating func hold(_ packet: Packet, _ now: Int64) -> Bool {
    guard let queue = queues[packet.direction] else {
      queues[packet.direction] = Queue(packets: [packet], start: now)
      return true
    }
    // A packet that was lost on the way precedes the packets that could not leave.
    let index = queue.packets.firstIndex { $0.number > packet.number } ?? queue.packets.count
    queues[packet.direction]?.packets.insert(packet, at: index)
    return false
  }

  /// Takes the first packet of a direction, or removes an empty queue and returns `nil`.
  mutating func takeFirst(_ direction: Direction) -> Packet? {
    guard let queue = queues[direction], !queue.packets.isEmpty else {
      queues[direction] = nil
      return nil
    }
    return queues[direction]?.packets.removeFirst()
  }
}

extension Packet {
  var direction: LostPackets.Direction { LostPackets.Direction(connection: connection, host: source.host) }

  /// Whether the sender repeats the packet if it is lost.
  ///
  /// The socket itself repeats a connection request, and gives up earlier.
  var isRepeated: Bool {
    switch kind {
    case .acceptance, .segment, .acknowledgement, .window, .end: true
    case .connectionRequest, .reset, .datagram, .refusal, .unreachable: false
    }
  }

  /// The end of a connection that would wait for ever without the packet.
  var waitingEnd: End {
    switch kind {
    case .acknowledgement, .window: target
    default: source
    }
  }
}
