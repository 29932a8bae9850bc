internal import MetalCore

/// A packet of TCP, UDP or ICMP from one machine to another.
struct Packet {
  /// The kind of a packet, which decides the meaning of ``count``.
  enum Kind: UInt8 {
    /// Asks a listener for a connection, with the room in the sender's receive buffer as `count`.
    case connectionRequest
    /// Grants a connection, with the room in the sender's receive buffer as `count`.
    case acceptance
    /// Carries `count` bytes of a stream.
    case segment
    /// Confirms that `count` bytes have arrived, or with 0 ends the handshake.
    case acknowledgement
    /// Announces room for `count` more bytes.
    case window
    /// Ends the sender's stream.
    case end
    /// Ends a connection, or reports that no connection exists.
    case reset
    /// Carries `count` bytes of a datagram.
    case datagram
    /// Reports that no socket receives at the port of a datagram (ICMP).
    case refusal
    /// Reports that the network cannot reach the machine of a packet (ICMP).
    case unreachable
  }

  /// An end of a packet's path: a machine and its address.
  struct End {
    /// The number of the machine; -1 if no machine has the address.
    let host: Int
    let address: SocketAddress
  }

  let kind: Kind
  let source: End
  let target: End
  /// The serial number of the connection; 0 for a packet without a connection.
  let connection: UInt64
  var count: Int
  /// The bytes of a segment or a datagram.
  var bytes = ByteQueue()
  /// The packet's position in the order of sending, which a stream keeps even if packets are lost.
  var number: UInt64 = 0
  /// The number of the sending interface, which is also the number of the receiving interface.
  var interface: UInt32 = 0

  var isWithinMachine: Bool { source.host == target.host }

  /// Makes a packet of the same connection in the opposite direction.
  borrowing func answer(_ kind: Kind) -> Packet {
    Packet(kind: kind, source: target, target: source, connection: connection, count: 0)
  }
}
