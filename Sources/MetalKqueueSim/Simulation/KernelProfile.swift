/// The behaviour of a simulated kernel where real kernels differ.
///
/// Take one of the presets, and change the fields that a test is about. A name such as C7 is that of a rule in
/// `Docs/Kqueue.md`.
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
  /// The sizes of UDP sockets.
  public var udp: UDP
  /// The behaviour of Unix-domain sockets.
  public var unix: Unix

  /// The fields of event queues.
  public struct Queues: Hashable, Sendable {
    /// Whether the answer to a refused change has the change's own flags beside the error flag (C7).
    public var answersKeepFlags: Bool
    /// Whether the changes behind a receipt without room are still made (C9).
    public var goesOnWithoutRoomForReceipt: Bool
    /// Whether a malformed timeout is refused before the changes are made, and not after (C12).
    public var checksTimeoutFirst: Bool
    /// Whether closing a queue ends a wait on it, with a bad descriptor (C15).
    public var closingEndsWait: Bool
    /// Whether delivered events show the flag with which their registration was added (D9).
    public var showsAddFlag: Bool
    /// Whether a missing registration is reported before a closed descriptor (L11).
    public var looksUpRegistrationFirst: Bool
    /// Whether a one-shot registration's condition is asked again before it is delivered (L12).
    public var rechecksOneShot: Bool
    /// Whether a registration's own low-water mark is kept between the socket's mark and the size of its buffer (R4).
    public var boundsLowWater: Bool
    /// Whether a disconnection fires the writing direction before the reading one (S8).
    public var firesWriteFirst: Bool
    /// Whether one change may both make and trigger a user event (U4).
    public var triggersOnFirstAdd: Bool
    /// Whether a change with the clear flag takes back a user event's trigger (U5).
    public var clearResetsTrigger: Bool
    /// Whether contradictory changes end as on FreeBSD.
    ///
    /// FreeBSD refuses to enable and disable in one change. It adds a registration that one change adds and deletes (L9),
    /// and skips a change without a filter (C14).
    public var contradictionsAsOnFreeBSD: Bool
  }

  /// The fields of pipes.
  public struct Pipes: Hashable, Sendable {
    /// Whether the loss of its reader ends the registration of a pipe's writer.
    ///
    /// The loss is then reported once (P6), registering the writer again is refused (P7), and the filters of the wrong
    /// ends never fire (P8).
    public var lostReaderEndsRegistration: Bool
    /// Whether every read runs the filters of both ends, whatever it took (P5), and whatever room is left (P4).
    public var emptyReadsRunFilters: Bool
    /// The room of a pipe, in bytes.
    public var buffer: Int
  }

  /// The fields of TCP sockets.
  public struct TCP: Hashable, Sendable {
    /// Whether a listener's data counts connections whose handshake is not finished (R1).
    public var countsUnfinishedConnections: Bool
    /// Whether closing a socket with unread data resets the connection (S12).
    public var resetsOnUnreadData: Bool
    /// Whether a full backlog drops a connection request, which is tried again, instead of granting and resetting it
    /// (S16).
    public var dropsOnFullBacklog: Bool
    /// The room of a socket for what is to be sent, in bytes.
    public var sendBuffer: Int
    /// The room of a socket for what has arrived, in bytes.
    public var receiveBuffer: Int
  }

  /// The fields of UDP sockets.
  public struct UDP: Hashable, Sendable {
    /// The largest datagram that a socket sends, in bytes.
    public var sendBuffer: Int
    /// The room of a socket for what has arrived, in bytes.
    public var receiveBuffer: Int
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
