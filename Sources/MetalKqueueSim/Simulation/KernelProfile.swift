/// The behaviour of a simulated kernel where real kernels differ.
///
/// Take a preset, and change the fields that matter to a test. The reference page "Kqueue" marks each rule that the
/// authors ran on a real system. If neither the rule nor the field names a system, the value comes from source code.
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

  /// The fields that describe TCP sockets.
  public struct TCP: Hashable, Sendable {
    /// Whether the count in a listener's event includes connections whose handshake is not finished.
    public var countsUnfinishedConnections = true
    /// Whether closing a socket with unread data resets the connection.
    public var resetsOnUnreadData = true
    /// Whether a listener with a full backlog drops a request, instead of granting and resetting the connection.
    public var dropsOnFullBacklog = true
    /// Whether the shutdown of an unconnected socket succeeds, and makes the socket useless.
    ///
    /// Source: runs on NetBSD.
    public var shutsDownUnconnected = false
    /// Whether `localAddress` and a shutdown of writing throw `.invalidInput` after a reset.
    ///
    /// Source: runs on NetBSD.
    public var forgetsAfterReset = false
    /// Whether a listener with a backlog of n holds 3n/2 + 1 connections instead of n.
    public var addsHalfToBacklog = false
    /// The time for which the side that closed a connection first keeps the port (TIME_WAIT).
    public var timeWait: Duration = .seconds(30)
    /// The time after which an attempt to connect ends if nobody answers.
    public var connectTimeout: Duration = .seconds(75)
    /// The time after which a connection ends if nobody acknowledges its data.
    public var retransmissionTimeout: Duration = .seconds(511)
    /// The smallest room that a reader announces to the other end, in bytes.
    ///
    /// A reader with a small receive buffer announces from half the buffer on. The presets have the size of the largest
    /// segment on a loopback interface. In runs, FreeBSD and NetBSD announced no small room. The value for macOS is the
    /// same, without a run.
    public var windowUpdate = 16_344
    /// The size of a socket's send buffer, in bytes.
    public var sendBuffer = 131_072
    /// The size of a socket's receive buffer, in bytes.
    public var receiveBuffer = 131_072
  }

  /// The fields that describe UDP sockets.
  public struct UDP: Hashable, Sendable {
    /// The number of bytes that a reading event counts for the address of each datagram.
    ///
    /// Source: runs on NetBSD.
    public var addressBytesInData = 0
    /// The largest datagram that a socket sends, in bytes.
    public var sendBuffer = 9_216
    /// The size of a socket's receive buffer, in bytes.
    public var receiveBuffer = 786_896
  }

  /// The fields that describe ports.
  public struct Ports: Hashable, Sendable {
    /// The ports that the system chooses from, for TCP and for UDP.
    public var ephemeral: ClosedRange<UInt16> = 49_152...65_535
  }

  /// The fields that describe Unix-domain sockets.
  public struct Unix: Hashable, Sendable {
    /// Whether both the sender's buffer and the receiver's buffer limit the room on a stream.
    public var countsOwnBuffer = true
    /// Whether a stream's writing direction reports that the peer has shut down reading.
    public var reportsPeerReadShutdown = false
    /// Whether closing a listener ends its unaccepted connections with the error `.brokenPipe`.
    public var failsUnacceptedStreams = false
    /// Whether the kernel refuses to shut down a stream whose peer has closed.
    ///
    /// In runs on NetBSD, the call succeeds.
    public var refusesShutdownAfterClose = true
    /// Whether writing to a stream whose peer has shut down reading fails.
    ///
    /// If writing succeeds, the kernel discards the bytes. In runs on NetBSD, writing succeeds.
    public var failsWritesToShutReader = true
    /// Whether a stream still reports its last room, instead of no room, after the peer has closed.
    ///
    /// Source: runs on NetBSD.
    public var keepsRoomAtEnd = false
    /// The number of bytes that a reading event counts for the address of each datagram.
    ///
    /// Source: runs on NetBSD, for a sender without a name.
    public var addressBytesInData = 0
    /// The size of the buffer on each side of a stream, in bytes.
    public var streamBuffer = 8_192
    /// The largest datagram that a socket sends, in bytes.
    public var datagramSendBuffer = 2_048
    /// The size of a datagram socket's receive buffer, in bytes.
    public var datagramReceiveBuffer = 4_096
  }
}

extension KernelProfile: CustomStringConvertible {
  /// The system's name.
  public var description: String { name }
}
