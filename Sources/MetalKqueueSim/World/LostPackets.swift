/// The packets of connections that were lost, and that their machines send again.
///
/// All packets of a direction that follow a lost one are held behind it, because a stream keeps its order.
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
    /// When the first of them was lost.
    let start: Int64
    /// The time to the next attempt, which doubles with each one.
    var delay: Int64 = 1_000_000_000
  }

  /// The longest time between two attempts (`TCPTV_REXMTMAX` in tcp_timer.h).
  static var longestDelay: Int64 { 64_000_000_000 }

  var queues: [Direction: Queue] = [:]

  /// Whether a packet must wait behind one that was lost.
  func isBehind(_ packet: borrowing Packet) -> Bool {
    guard packet.isRepeated, let first = queues[packet.direction]?.packets.first else { return false }
    return first.number < packet.number
  }

  /// Holds a packet in its place; returns whether no other is held of its direction.
  mutating func hold(_ packet: Packet, _ now: Int64) -> Bool {
    guard let queue = queues[packet.direction] else {
      queues[packet.direction] = Queue(packets: [packet], start: now)
      return true
    }
    // A packet that was lost on the way was sent before those that could not leave.
    let index = queue.packets.firstIndex { $0.number > packet.number } ?? queue.packets.count
    queues[packet.direction]?.packets.insert(packet, at: index)
    return false
  }

  /// Takes the first packet of a direction; `nil` if there is none, and then nothing is held any more.
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

  /// Whether the packet's loss is made good by sending it again.
  ///
  /// A connection request is sent again as well, but by its socket, which gives up earlier.
  var isRepeated: Bool {
    switch kind {
    case .acceptance, .segment, .acknowledgement, .window, .end: true
    case .connectionRequest, .reset, .datagram, .refusal, .unreachable: false
    }
  }

  /// The end of a connection that waits in vain if the packet does not arrive.
  var waitingEnd: End {
    switch kind {
    case .acknowledgement, .window: target
    default: source
    }
  }
}
