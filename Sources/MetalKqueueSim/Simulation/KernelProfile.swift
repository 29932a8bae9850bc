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
  public var name = "macOS"
  /// The behaviour of event queues.
  public var queues = Queues()
  /// The behaviour of pipes.
  public var pipes = Pipes()
  /// The behaviour of TCP sockets.
  public var tcp = TCP()
  /// The behaviour of UDP sockets.
  public var udp = UDP()
  /// The ports that TCP and UDP sockets get.
  public var ports = Ports()
  /// The behaviour of Unix-domain sockets.
  public var unix = Unix()

  /// The fields of TCP sockets.
  public struct TCP: Hashable, Sendable {
    /// Whether a listener's data counts connections whose handshake is not finished (R1).
    public var countsUnfinishedConnections = true
    /// Whether closing a socket with unread data resets the connection (S12).
    public var resetsOnUnreadData = true
    /// Whether a full backlog drops a connection request, which is tried again, instead of granting and resetting it
    /// (S16).
    public var dropsOnFullBacklog = true
    /// Whether shutting down a socket that was never connected succeeds, and leaves a socket that cannot be used.
    ///
    /// NetBSD does so when it runs.
    public var shutsDownUnconnected = false
    /// Whether a connection that was reset refuses its own address, and shutting it down for writing, as invalid.
    ///
    /// NetBSD does so when it runs.
    public var forgetsAfterReset = false
    /// Whether a listener with a backlog of n holds 3n/2 + 1 connections, and not n (S16).
    public var addsHalfToBacklog = false
    /// The time for which a connection that was closed on this side first keeps its port: the state TIME_WAIT.
    public var timeWait: Duration = .seconds(30)
    /// The time after which an attempt to connect that nobody answers ends (S3).
    public var connectTimeout: Duration = .seconds(75)
    /// The time after which a connection ends whose data nobody acknowledges (S14).
    public var retransmissionTimeout: Duration = .seconds(511)
    /// The smallest room that a reader announces to the other end, in bytes; half the receive buffer if that is less
    /// (R10).
    ///
    /// The presets have the size of the largest segment on a loopback interface. FreeBSD and NetBSD announce no small
    /// room when they run; macOS was not observed, and has their value.
    public var windowUpdate = 16_344
    /// The room of a socket for what is to be sent, in bytes.
    public var sendBuffer = 131_072
    /// The room of a socket for what has arrived, in bytes.
    public var receiveBuffer = 131_072
  }

  /// The fields of UDP sockets.
  public struct UDP: Hashable, Sendable {
    /// The number of bytes that a reading event counts for the address of each datagram (R7).
    ///
    /// NetBSD counts it when it runs.
    public var addressBytesInData = 0
    /// The largest datagram that a socket sends, in bytes.
    public var sendBuffer = 9_216
    /// The room of a socket for what has arrived, in bytes.
    public var receiveBuffer = 786_896
  }

  /// The fields of ports.
  public struct Ports: Hashable, Sendable {
    /// The ports that the system chooses from, for TCP and for UDP.
    public var ephemeral: ClosedRange<UInt16> = 49_152...65_535
  }

  /// The fields of Unix-domain sockets.
  public struct Unix: Hashable, Sendable {
    /// Whether the room on a stream is the smaller of the own sending and the peer's receiving side, and not the latter
    /// alone (R13).
    public var countsOwnBuffer = true
    /// Whether a stream's writing direction reports that the peer has shut down reading (S21).
    public var reportsPeerReadShutdown = false
    /// Whether a connection that nobody accepted before the listener was closed ends with an error, a broken pipe.
    public var failsUnacceptedStreams = false
    /// Whether shutting down a stream whose peer has closed is refused (S19).
    ///
    /// On NetBSD it succeeds when it runs.
    public var refusesShutdownAfterClose = true
    /// Whether writing to a stream whose peer has shut down reading fails (S21).
    ///
    /// If it succeeds, the bytes are thrown away. On NetBSD it succeeds when it runs.
    public var failsWritesToShutReader = true
    /// Whether a stream whose peer has closed reports the room that there was, instead of none (S19).
    ///
    /// NetBSD does so when it runs.
    public var keepsRoomAtEnd = false
    /// The number of bytes that a reading event counts for the address of each datagram (R7).
    ///
    /// NetBSD counts it when it runs, for a sender without a name.
    public var addressBytesInData = 0
    /// The room of each side of a stream, in bytes.
    public var streamBuffer = 8_192
    /// The largest datagram that a socket sends, in bytes.
    public var datagramSendBuffer = 2_048
    /// The room of a datagram socket for what has arrived, in bytes.
    public var datagramReceiveBuffer = 4_096
  }
}

extension KernelProfile: CustomStringConvertible {
  /// The system's name.
  public var description: String { name }
}
