/// The behaviour of a simulated kernel where real kernels differ.
///
/// Take one of the presets, and change the fields that a test is about. A name such as C7 is that of a rule in
/// `Docs/Kqueue.md`, which says where the rule was run. If a field names no such system, its values were read.
///
/// ```swift
/// var profile = KernelProfile.macOS
/// profile.tcp.sendBuffer = 4_096
/// let simulation = Simulation(profile: profile)
/// ```
public struct KernelProfile: Hashable, Sendable {
  /// The system's name, for traces and test names.
  public var name: String
  /// The behaviour of event queues.
  public var queues: Queues
  /// The behaviour of pipes.
  public var pipes: Pipes
  /// The behaviour of TCP sockets.
  public var tcp: TCP
  /// The behaviour of UDP sockets.
  public var udp: UDP
  /// The ports that TCP and UDP sockets get.
  public var ports: Ports
  /// The behaviour of Unix-domain sockets.
  public var unix: Unix

  /// The fields of TCP sockets.
  public struct TCP: Hashable, Sendable {
    /// Whether a listener's data counts connections whose handshake is not finished (R1).
    public var countsUnfinishedConnections: Bool
    /// Whether closing a socket with unread data resets the connection (S12).
    public var resetsOnUnreadData: Bool
    /// Whether a full backlog drops a connection request, which is tried again, instead of granting and resetting it
    /// (S16).
    public var dropsOnFullBacklog: Bool
    /// Whether shutting down a socket that was never connected succeeds, and leaves a socket that cannot be used.
    ///
    /// NetBSD does so when it runs.
    public var shutsDownUnconnected: Bool
    /// Whether a connection that was reset refuses its own address, and shutting it down for writing, as invalid.
    ///
    /// NetBSD does so when it runs.
    public var forgetsAfterReset: Bool
    /// Whether a listener with a backlog of n holds 3n/2 + 1 connections, and not n (S16).
    public var addsHalfToBacklog: Bool
    /// The time for which a connection that was closed on this side first keeps its port: the state TIME_WAIT.
    public var timeWait: Duration
    /// The time after which an attempt to connect that nobody answers ends (S3).
    public var connectTimeout: Duration
    /// The time after which a connection ends whose data nobody acknowledges (S14).
    public var retransmissionTimeout: Duration
    /// The smallest room that a reader announces to the other end, in bytes; half the receive buffer if that is less
    /// (R10).
    ///
    /// The presets have the size of the largest segment on a loopback interface. FreeBSD and NetBSD announce no small
    /// room when they run; macOS was not observed, and has their value.
    public var windowUpdate: Int
    /// The room of a socket for what is to be sent, in bytes.
    public var sendBuffer: Int
    /// The room of a socket for what has arrived, in bytes.
    public var receiveBuffer: Int
  }

  /// The fields of UDP sockets.
  public struct UDP: Hashable, Sendable {
    /// The number of bytes that a reading event counts for the address of each datagram (R7).
    ///
    /// NetBSD counts it when it runs.
    public var addressBytesInData: Int
    /// The largest datagram that a socket sends, in bytes.
    public var sendBuffer: Int
    /// The room of a socket for what has arrived, in bytes.
    public var receiveBuffer: Int
  }

  /// The fields of ports.
  public struct Ports: Hashable, Sendable {
    /// The ports that the system chooses from, for TCP and for UDP.
    public var ephemeral: ClosedRange<UInt16>
  }

  /// The fields of Unix-domain sockets.
  public struct Unix: Hashable, Sendable {
    /// Whether the room on a stream is the smaller of the own sending and the peer's receiving side, and not the latter
    /// alone (R13).
    public var countsOwnBuffer: Bool
    /// Whether a stream's writing direction reports that the peer has shut down reading (S21).
    public var reportsPeerReadShutdown: Bool
    /// Whether a connection that nobody accepted before the listener was closed ends with an error, a broken pipe.
    public var failsUnacceptedStreams: Bool
    /// Whether shutting down a stream whose peer has closed is refused (S19).
    ///
    /// On NetBSD it succeeds when it runs.
    public var refusesShutdownAfterClose: Bool
    /// Whether writing to a stream whose peer has shut down reading fails (S21).
    ///
    /// If it succeeds, the bytes are thrown away. On NetBSD it succeeds when it runs.
    public var failsWritesToShutReader: Bool
    /// Whether a stream whose peer has closed reports the room that there was, instead of none (S19).
    ///
    /// NetBSD does so when it runs.
    public var keepsRoomAtEnd: Bool
    /// The number of bytes that a reading event counts for the address of each datagram (R7).
    ///
    /// NetBSD counts it when it runs, for a sender without a name.
    public var addressBytesInData: Int
    /// The room of each side of a stream, in bytes.
    public var streamBuffer: Int
    /// The largest datagram that a socket sends, in bytes.
    public var datagramSendBuffer: Int
    /// The room of a datagram socket for what has arrived, in bytes.
    public var datagramReceiveBuffer: Int
  }
}

extension KernelProfile: CustomStringConvertible {
  /// The system's name.
  public var description: String { name }
}
