/// What a simulated kernel does where real ones differ.
///
/// Take one of the presets, and change what a test is about. A name such as C7 is that of a rule in `Docs/Kqueue.md`.
public struct KernelProfile: Hashable, Sendable {
  /// The system's name, for traces and test names.
  public var name: String

  // Event queues.

  /// The answer to a refused change has the change's own flags beside the error flag (C7).
  public var answersKeepFlags: Bool
  /// A receipt that finds no room is dropped, and the changes behind it are still made (C9).
  public var goesOnWithoutRoomForReceipt: Bool
  /// A malformed timeout is refused before the changes are made, not after (C12).
  public var checksTimeoutFirst: Bool
  /// Closing a queue ends a wait on it, with a bad descriptor (C15).
  public var closingEndsWait: Bool
  /// Delivered events show the flag with which their registration was added (D9).
  public var showsAddFlag: Bool
  /// A change to a registration that is not there says so even if the descriptor is closed (L11).
  public var looksUpRegistrationFirst: Bool
  /// A one-shot registration's condition is asked again before it is delivered (L12).
  public var rechecksOneShot: Bool
  /// A listener's data counts connections whose handshake is not finished (R1).
  public var countsUnfinishedConnections: Bool
  /// A registration's own low-water mark is kept between the socket's and the size of its buffer (R4).
  public var boundsLowWater: Bool
  /// A disconnection fires the writing direction before the reading one (S8).
  public var firesWriteFirst: Bool
  /// A user event may be made and triggered by one change (U4).
  public var triggersOnFirstAdd: Bool
  /// A change with the clear flag takes a user event's trigger back (U5).
  public var clearResetsTrigger: Bool
  /// Enabling and disabling in one change, and deleting what is not there while adding it, are refused or carried out
  /// as on FreeBSD (L9); and a change without a filter is skipped (C14).
  public var contradictionsAsOnFreeBSD: Bool

  // Pipes.

  /// The writing end of a pipe without a reader is reported once and its registration is gone then (P6); registering it
  /// is refused (P7); its filters of the wrong ends never fire (P8).
  public var brokenPipeEndsRegistration: Bool
  /// Every read from a pipe runs the filters of both ends, also one that took nothing (P5), and whatever room is left (P4).
  public var emptyReadsTouchPipe: Bool

  // Sockets.

  /// Closing a TCP socket with unread data resets the connection (S12).
  public var resetsOnUnreadData: Bool
  /// A connection attempt that finds the backlog full is dropped and tried again, not accepted and reset (S16).
  public var dropsOnFullBacklog: Bool
  /// Room on a Unix-domain stream is the smaller of the own sending and the peer's receiving side, not the latter
  /// alone (R13).
  public var countsOwnUnixBuffer: Bool
  /// A Unix-domain stream is told, by its writing direction, that its peer has shut down reading (S21).
  public var reportsPeerReadShutdown: Bool
  /// A Unix-domain connection that nobody accepted before the listener was closed ends with an error, a broken pipe.
  public var failsUnacceptedStreams: Bool

  // Sizes in bytes.

  /// The room of a TCP socket for what is to be sent.
  public var tcpSendBuffer: Int
  /// The room of a TCP socket for what has arrived.
  public var tcpReceiveBuffer: Int
  /// The largest datagram that a UDP socket sends.
  public var udpSendBuffer: Int
  /// The room of a UDP socket for what has arrived.
  public var udpReceiveBuffer: Int
  /// The room of each side of a Unix-domain stream.
  public var unixStreamBuffer: Int
  /// The largest datagram that a Unix-domain socket sends.
  public var unixDatagramSendBuffer: Int
  /// The room of a Unix-domain datagram socket for what has arrived.
  public var unixDatagramReceiveBuffer: Int
  /// The room of a pipe.
  public var pipeBuffer: Int
}

extension KernelProfile {
  /// macOS, the default.
  ///
  /// Source: xnu-11417.101.15, by reading.
  public static var macOS: KernelProfile {
    KernelProfile(
      name: "macOS", answersKeepFlags: true, goesOnWithoutRoomForReceipt: true, checksTimeoutFirst: true,
      closingEndsWait: true, showsAddFlag: true, looksUpRegistrationFirst: true, rechecksOneShot: true,
      countsUnfinishedConnections: true, boundsLowWater: true, firesWriteFirst: true,
      triggersOnFirstAdd: true,
      clearResetsTrigger: false, contradictionsAsOnFreeBSD: false, brokenPipeEndsRegistration: false,
      emptyReadsTouchPipe: true, resetsOnUnreadData: true, dropsOnFullBacklog: true,
      countsOwnUnixBuffer: true, reportsPeerReadShutdown: false, failsUnacceptedStreams: false,
      tcpSendBuffer: 131_072, tcpReceiveBuffer: 131_072, udpSendBuffer: 9_216,
      udpReceiveBuffer: 786_896, unixStreamBuffer: 8_192, unixDatagramSendBuffer: 2_048,
      unixDatagramReceiveBuffer: 4_096, pipeBuffer: 65_536)
  }

  /// FreeBSD 14.
  ///
  /// Source: sys/kern and sys/netinet, by reading.
  public static var freeBSD: KernelProfile {
    KernelProfile(
      name: "FreeBSD", answersKeepFlags: false, goesOnWithoutRoomForReceipt: false, checksTimeoutFirst: false,
      closingEndsWait: false, showsAddFlag: false, looksUpRegistrationFirst: false, rechecksOneShot: false,
      countsUnfinishedConnections: false, boundsLowWater: false, firesWriteFirst: false,
      triggersOnFirstAdd: false,
      clearResetsTrigger: true, contradictionsAsOnFreeBSD: true, brokenPipeEndsRegistration: true,
      emptyReadsTouchPipe: false, resetsOnUnreadData: false, dropsOnFullBacklog: false,
      countsOwnUnixBuffer: false, reportsPeerReadShutdown: true, failsUnacceptedStreams: true,
      tcpSendBuffer: 32_768, tcpReceiveBuffer: 65_536, udpSendBuffer: 9_216,
      udpReceiveBuffer: 42_080, unixStreamBuffer: 8_192, unixDatagramSendBuffer: 8_192,
      unixDatagramReceiveBuffer: 16_384, pipeBuffer: 65_536)
  }
}

extension KernelProfile: CustomStringConvertible {
  /// The system's name.
  public var description: String { name }
}
