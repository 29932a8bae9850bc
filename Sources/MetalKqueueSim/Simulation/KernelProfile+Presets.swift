extension KernelProfile {
  /// macOS, the default.
  ///
  /// Source: xnu-11417.101.15, by reading.
  public static var macOS: KernelProfile {
    KernelProfile(
      name: "macOS",
      queues: Queues(
        answersKeepFlags: true, goesOnWithoutRoomForReceipt: true, checksTimeoutFirst: true, closingEndsWait: true,
        showsAddFlag: true, looksUpRegistrationFirst: true, rechecksOneShot: true, boundsLowWater: true,
        firesWriteFirst: true, triggersOnFirstAdd: true, clearResetsTrigger: false,
        contradictionsAsOnFreeBSD: false),
      pipes: Pipes(lostReaderEndsRegistration: false, emptyReadsRunFilters: true, buffer: 65_536),
      tcp: TCP(
        countsUnfinishedConnections: true, resetsOnUnreadData: true, dropsOnFullBacklog: true,
        sendBuffer: 131_072, receiveBuffer: 131_072),
      udp: UDP(sendBuffer: 9_216, receiveBuffer: 786_896),
      unix: Unix(
        countsOwnBuffer: true, reportsPeerReadShutdown: false, failsUnacceptedStreams: false,
        streamBuffer: 8_192, datagramSendBuffer: 2_048, datagramReceiveBuffer: 4_096))
  }

  /// FreeBSD 14.
  ///
  /// Source: sys/kern and sys/netinet, by reading.
  public static var freeBSD: KernelProfile {
    KernelProfile(
      name: "FreeBSD",
      queues: Queues(
        answersKeepFlags: false, goesOnWithoutRoomForReceipt: false, checksTimeoutFirst: false,
        closingEndsWait: false, showsAddFlag: false, looksUpRegistrationFirst: false, rechecksOneShot: false,
        boundsLowWater: false, firesWriteFirst: false, triggersOnFirstAdd: false, clearResetsTrigger: true,
        contradictionsAsOnFreeBSD: true),
      pipes: Pipes(lostReaderEndsRegistration: true, emptyReadsRunFilters: false, buffer: 65_536),
      tcp: TCP(
        countsUnfinishedConnections: false, resetsOnUnreadData: false, dropsOnFullBacklog: false,
        sendBuffer: 32_768, receiveBuffer: 65_536),
      udp: UDP(sendBuffer: 9_216, receiveBuffer: 42_080),
      unix: Unix(
        countsOwnBuffer: false, reportsPeerReadShutdown: true, failsUnacceptedStreams: true,
        streamBuffer: 8_192, datagramSendBuffer: 8_192, datagramReceiveBuffer: 16_384))
  }
}
