extension KernelProfile {
  /// The profile of macOS, in which each field has its default value.
  ///
  /// Source: the source code of xnu-11417.101.15. The authors did not run macOS.
  public static var macOS: KernelProfile { KernelProfile() }

  /// The profile of FreeBSD 13 and 14.
  ///
  /// Source: runs of event queues, sockets, TCP and UDP on FreeBSD 13, and sys/kern and sys/netinet of FreeBSD 14.
  public static var freeBSD: KernelProfile {
    KernelProfile(
      name: "FreeBSD",
      queues: Queues(
        answersKeepFlags: false, newReceiptsKeepFilterFlags: false, goesOnWithoutRoomForReceipt: false,
        checksTimeoutFirst: false, skipsFilterZero: true, closingEndsWait: false, showsAddFlag: false,
        enableWithDisable: .isRefused, addsDespiteDelete: true, looksUpRegistrationFirst: false,
        rechecksOneShot: false, firesOnAccept: true, boundsLowWater: false, firesWriteFirst: false,
        triggersOnFirstAdd: false, clearResetsTrigger: true),
      pipes: Pipes(
        readsReportAnyRoom: false, blockedReadsRunFilters: false, endedReadsRunFilters: false,
        lostReaderEndsRegistration: true, lostEnd: .isBrokenPipe, reportsReadEndAtWriter: false,
        reportsWriteEndAtReader: false),
      tcp: TCP(
        countsUnfinishedConnections: false, resetsOnUnreadData: false, dropsOnFullBacklog: false,
        addsHalfToBacklog: true, timeWait: .seconds(60), sendBuffer: 32_768, receiveBuffer: 65_536),
      udp: UDP(receiveBuffer: 42_080),
      ports: Ports(ephemeral: 10_000...65_535),
      unix: Unix(
        countsOwnBuffer: false, reportsPeerReadShutdown: true, failsUnacceptedStreams: true, datagramSendBuffer: 8_192,
        datagramReceiveBuffer: 16_384))
  }

  /// The profile of NetBSD 10.
  ///
  /// The authors have not observed the sizes of buffers, `tcp.dropsOnFullBacklog`, `unix.countsOwnBuffer` and
  /// `unix.failsUnacceptedStreams`. The profile copies unobserved values from FreeBSD.
  ///
  /// Source: runs on the kernel of NetBSD 10.99.
  public static var netBSD: KernelProfile {
    KernelProfile(
      name: "NetBSD",
      queues: Queues(
        answersKeepFlags: false, newReceiptsKeepFilterFlags: false, goesOnWithoutRoomForReceipt: false,
        checksTimeoutFirst: false, canWatchItself: true, panicsOnMutualWatching: true, enableWithDisable: .enables,
        addsDespiteDelete: true, looksUpRegistrationFirst: false, rechecksOneShot: false, dispatchDisablesEdges: false,
        firesOnAccept: true, decidesListenerAtAdd: true, boundsLowWater: false, triggersOnFirstAdd: false,
        clearResetsTrigger: true),
      pipes: Pipes(
        readsReportAnyRoom: false, blockedReadsRunFilters: false, reportsLostReaderWhenFull: false,
        lostEnd: .isBadDescriptor, reportsWriteEndAtReader: false),
      tcp: TCP(
        countsUnfinishedConnections: false, resetsOnUnreadData: false, dropsOnFullBacklog: false,
        shutsDownUnconnected: true, forgetsAfterReset: true, addsHalfToBacklog: true, timeWait: .seconds(60),
        sendBuffer: 32_768, receiveBuffer: 65_536),
      udp: UDP(addressBytesInData: 16, receiveBuffer: 42_080),
      ports: Ports(ephemeral: 10_000...65_535),
      unix: Unix(
        countsOwnBuffer: false, failsUnacceptedStreams: true, refusesShutdownAfterClose: false,
        failsWritesToShutReader: false, keepsRoomAtEnd: true, addressBytesInData: 2, datagramSendBuffer: 8_192,
        datagramReceiveBuffer: 16_384))
  }
}
