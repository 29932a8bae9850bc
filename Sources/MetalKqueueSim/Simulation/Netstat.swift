public import MetalCore

/// The sockets of all machines at one moment, as netstat(1) lists them.
///
/// ``Simulation/netstat`` makes the list. The module `MetalSimulation` prints the list as a table.
public struct Netstat: Hashable, Sendable {
  /// The state of a connection or a listener, in the words of netstat(1).
  ///
  /// Source: RFC 9293, section 3.3.2.
  public enum State: String, Hashable, Sendable {
    /// The socket has no connection, and does not attempt to connect.
    case closed = "CLOSED"
    /// The listener waits for connections.
    case listen = "LISTEN"
    /// The socket has requested a connection.
    case synSent = "SYN_SENT"
    /// The socket has granted a connection, and waits for the end of the handshake.
    case synReceived = "SYN_RECEIVED"
    /// Both ends may send.
    case established = "ESTABLISHED"
    /// This end has ended its stream, and the other end has not received the end of the stream yet.
    case finWait1 = "FIN_WAIT_1"
    /// This end has ended its stream, and the other end may still send.
    case finWait2 = "FIN_WAIT_2"
    /// The other end has ended its stream, and this end may still send.
    case closeWait = "CLOSE_WAIT"
    /// Both ends have ended their streams, and neither knows that the other has received the end.
    case closing = "CLOSING"
    /// The other end has ended its stream first, and has not received the end of this end's stream yet.
    case lastAck = "LAST_ACK"
    /// The connection has ended, and its port is not free yet.
    case timeWait = "TIME_WAIT"
  }

  /// A socket of the list.
  public struct Entry: Hashable, Sendable {
    /// The name of the machine.
    public let machine: String
    /// The socket's descriptor; `nil` before `accept` and after `close`.
    public internal(set) var descriptor: Int32?
    /// The protocol: `tcp4`, `tcp6`, `udp4`, `udp6`, `stream` or `dgram`.
    public let kind: String
    /// The socket's own address; `nil` if the socket has no address.
    public internal(set) var local: AnyEndpointAddress?
    /// The address of the peer; `nil` if the socket has no peer.
    public internal(set) var peer: AnyEndpointAddress?
    /// The state; `nil` for datagram sockets.
    public internal(set) var state: State?
    /// The number of bytes that have arrived and that the program has not read.
    public internal(set) var received = 0
    /// The number of bytes that the program has written and that the other end has not acknowledged.
    public internal(set) var unsent = 0
    /// The number of connections that wait to be accepted; `nil` if the socket is no listener.
    public internal(set) var waiting: Int?
    /// The most connections that may wait to be accepted; `nil` if the socket is no listener.
    public internal(set) var backlog: Int?
    /// The serial number of the TCP connection, as in the trace; `nil` without a TCP connection.
    public internal(set) var connection: UInt64?
  }

  /// The sockets of each machine by descriptor, other sockets by connection, and ports that are not free yet.
  public let entries: [Entry]
}

extension Simulation {
  /// All sockets of all machines at this moment, and all ports that are not free yet.
  ///
  /// - Complexity: O(n log n) for n descriptors and connections; allocates.
  public var netstat: Netstat {
    enter { world in
      Netstat(entries: world.kernels.flatMap { $0.netstat(world.now) })
    }
  }
}
