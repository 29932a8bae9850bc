internal import MetalCore

/// A message from one machine to another, in the words of TCP and UDP.
struct Packet {
  /// The kind of a packet, and what ``count`` means in it.
  enum Kind: UInt8 {
    /// Asks a listener for a connection; `count` is the room of the sender for what arrives.
    case connectionRequest
    /// Grants a connection; `count` is the room of the sender for what arrives.
    case acceptance
    /// Carries `count` bytes of a stream.
    case segment
    /// Confirms that `count` bytes have arrived; 0 ends the handshake.
    case acknowledgement
    /// Says that there is room for `count` more bytes.
    case window
    /// Says that the sender has sent everything.
    case end
    /// Says that there is no such connection, or not any more.
    case reset
    /// Carries `count` bytes of a datagram.
    case datagram
    /// Says that no socket receives at the port of a datagram (ICMP).
    case refusal
    /// Says that there is no way to the machine that a packet was sent to (ICMP).
    case unreachable
  }

  /// A machine on the way, and its address.
  struct End {
    /// The number of the machine; -1 if no machine has the address.
    let host: Int
    let address: SocketAddress
  }

  let kind: Kind
  let source: End
  let target: End
  /// The serial number of the connection; 0 for what belongs to none.
  let connection: UInt64
  var count: Int
  /// The bytes of a segment or a datagram.
  var bytes = ByteQueue()
  /// The packet's place in the order of sending, which a stream keeps although packets are lost.
  var number: UInt64 = 0
  /// The number of the interface that sends a datagram, and of the one that receives it.
  var interface: UInt32 = 0

  var isWithinMachine: Bool { source.host == target.host }

  /// A packet of the same connection that goes back.
  borrowing func answer(_ kind: Kind) -> Packet {
    Packet(kind: kind, source: target, target: source, connection: connection, count: 0)
  }
}
