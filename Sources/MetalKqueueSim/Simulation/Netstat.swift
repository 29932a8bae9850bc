public import MetalCore

/// The sockets of all machines at one moment, as netstat(1) lists them.
///
/// ``Simulation/netstat`` makes it. With the module `MetalSimulation` it prints as a table.
public struct Netstat: Hashable, Sendable {
  /// The states of a connection or a listener, by the words of netstat(1).
  ///
  /// Source: RFC 9293, section 3.3.2.
  public enum State: String, Hashable, Sendable {
    /// No connection, and no attempt to make one.
    case closed = "CLOSED"
    /// Waits for connections.
    case listen = "LISTEN"
    /// Has asked for a connection.
    case synSent = "SYN_SENT"
    /// Has granted a connection, and waits for the end of the handshake.
    case synReceived = "SYN_RECEIVED"
    /// Both ends may send.
    case established = "ESTABLISHED"
    /// Sends nothing more, and the other end does not have the end of the stream yet.
    case finWait1 = "FIN_WAIT_1"
    /// Sends nothing more, and the other end may still send.
    case finWait2 = "FIN_WAIT_2"
    /// The other end sends nothing more, and this end may still send.
    case closeWait = "CLOSE_WAIT"
    /// Both ends have ended the stream, and neither knows that the other has its end.
    case closing = "CLOSING"
    /// The other end has ended the stream first, and does not have this end's end yet.
    case lastAck = "LAST_ACK"
    /// The connection has ended, and its port is not free yet.
    case timeWait = "TIME_WAIT"
  }

  /// A socket.
  public struct Entry: Hashable, Sendable {
    /// The name of the machine.
    public let machine: String
    /// The socket's descriptor; `nil` if none leads to it, as before `accept` and after `close`.
    public internal(set) var descriptor: Int32?
    /// The protocol: `tcp4`, `tcp6`, `udp4`, `udp6`, `stream` or `dgram`.
    public let kind: String
    /// The socket's own address; `nil` if it has none.
    public internal(set) var local: AnyEndpointAddress?
    /// The address of the peer; `nil` if there is none.
    public internal(set) var peer: AnyEndpointAddress?
    /// The state; `nil` for datagram sockets, which have none.
    public internal(set) var state: State?
    /// The number of bytes that have arrived and that the program has not read.
    public internal(set) var received = 0
    /// The number of bytes that the program has written and that the other end has not acknowledged.
    public internal(set) var unsent = 0
    /// The number of connections that wait to be accepted; `nil` for what is no listener.
    public internal(set) var waiting: Int?
    /// The most connections that may wait; `nil` for what is no listener.
    public internal(set) var backlog: Int?
    /// The serial number of the TCP connection, as in the trace; `nil` if there is none.
    public internal(set) var connection: UInt64?
  }

  /// The sockets by machine, then by descriptor, then by connection, then the ports that wait to become free.
  public let entries: [Entry]
}

extension Simulation {
  /// The sockets of all machines, now: also those without a descriptor, and the ports that wait to become free.
  ///
  /// - Complexity: O(descriptors and connections); allocates.
  public var netstat: Netstat {
    enter { world in
      Netstat(entries: world.kernels.flatMap { $0.netstat(world.now) })
    }
  }
}
