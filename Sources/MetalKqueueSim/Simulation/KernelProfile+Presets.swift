extension KernelProfile {
  /// macOS, the default.
  ///
  /// Source: xnu-11417.101.15, by reading.
  public static var macOS: KernelProfile {
    KernelProfile(
      name: "macOS",
      queues: Queues(
        answersKeepFlags: true, newReceiptsKeepFilterFlags: true, goesOnWithoutRoomForReceipt: true,
        checksTimeoutFirst: true, skipsFilterZero: false, closingEndsWait: true, canWatchItself: false,
        panicsOnMutualWatching: false, showsAddFlag: true, enableWithDisable: .disables, addsDespiteDelete: false,
        looksUpRegistrationFirst: true, rechecksOneShot: true, dispatchDisablesEdges: true, firesOnAccept: false,
        decidesListenerAtAdd: false, boundsLowWater: true, firesWriteFirst: true, triggersOnFirstAdd: true,
        clearResetsTrigger: false),
      pipes: Pipes(
        readsReportAnyRoom: true, blockedReadsRunFilters: true, endedReadsRunFilters: true,
        lostReaderEndsRegistration: false, reportsLostReaderWhenFull: true, lostEnd: .isWatched,
        reportsReadEndAtWriter: true, reportsWriteEndAtReader: true, buffer: 65_536),
      tcp: TCP(
        countsUnfinishedConnections: true, resetsOnUnreadData: true, dropsOnFullBacklog: true,
        shutsDownUnconnected: false, forgetsAfterReset: false, addsHalfToBacklog: false, timeWait: .seconds(30),
        connectTimeout: .seconds(75), retransmissionTimeout: .seconds(511), windowUpdate: 16_344, sendBuffer: 131_072,
        receiveBuffer: 131_072),
      udp: UDP(addressBytesInData: 0, sendBuffer: 9_216, receiveBuffer: 786_896),
      ports: Ports(ephemeral: 49_152...65_535),
      unix: Unix(
        countsOwnBuffer: true, reportsPeerReadShutdown: false, failsUnacceptedStreams: false,
        refusesShutdownAfterClose: true, failsWritesToShutReader: true, keepsRoomAtEnd: false, addressBytesInData: 0,
        streamBuffer: 8_192, datagramSendBuffer: 2_048, datagramReceiveBuffer: 4_096))
  }

  /// FreeBSD 13 and 14.
  ///
  /// Source: the event queues, sockets, TCP and UDP of FreeBSD 13, which were run; sys/kern and sys/netinet of
  /// FreeBSD 14, by reading.
  public static var freeBSD: KernelProfile {
    KernelProfile(
      name: "FreeBSD",
      queues: Queues(
        answersKeepFlags: false, newReceiptsKeepFilterFlags: false, goesOnWithoutRoomForReceipt: false,
        checksTimeoutFirst: false, skipsFilterZero: true, closingEndsWait: false, canWatchItself: false,
        panicsOnMutualWatching: false, showsAddFlag: false, enableWithDisable: .isRefused, addsDespiteDelete: true,
        looksUpRegistrationFirst: false, rechecksOneShot: false, dispatchDisablesEdges: true, firesOnAccept: true,
        decidesListenerAtAdd: false, boundsLowWater: false, firesWriteFirst: false, triggersOnFirstAdd: false,
        clearResetsTrigger: true),
      pipes: Pipes(
        readsReportAnyRoom: false, blockedReadsRunFilters: false, endedReadsRunFilters: false,
        lostReaderEndsRegistration: true, reportsLostReaderWhenFull: true, lostEnd: .isBrokenPipe,
        reportsReadEndAtWriter: false, reportsWriteEndAtReader: false, buffer: 65_536),
      tcp: TCP(
        countsUnfinishedConnections: false, resetsOnUnreadData: false, dropsOnFullBacklog: false,
        shutsDownUnconnected: false, forgetsAfterReset: false, addsHalfToBacklog: true, timeWait: .seconds(60),
        connectTimeout: .seconds(75), retransmissionTimeout: .seconds(511), windowUpdate: 16_344, sendBuffer: 32_768,
        receiveBuffer: 65_536),
      udp: UDP(addressBytesInData: 0, sendBuffer: 9_216, receiveBuffer: 42_080),
      ports: Ports(ephemeral: 10_000...65_535),
      unix: Unix(
        countsOwnBuffer: false, reportsPeerReadShutdown: true, failsUnacceptedStreams: true,
        refusesShutdownAfterClose: true, failsWritesToShutReader: true, keepsRoomAtEnd: false, addressBytesInData: 0,
        streamBuffer: 8_192, datagramSendBuffer: 8_192, datagramReceiveBuffer: 16_384))
  }

  /// NetBSD 10.
  ///
  /// The sizes of buffers, `tcp.dropsOnFullBacklog`, `unix.countsOwnBuffer` and `unix.failsUnacceptedStreams` were not
  /// observed, and have the values of FreeBSD.
  ///
  /// Source: the kernel of NetBSD 10.99, which was run.
  public static var netBSD: KernelProfile {
    KernelProfile(
      name: "NetBSD",
      queues: Queues(
        answersKeepFlags: false, newReceiptsKeepFilterFlags: false, goesOnWithoutRoomForReceipt: false,
        checksTimeoutFirst: false, skipsFilterZero: false, closingEndsWait: true, canWatchItself: true,
        panicsOnMutualWatching: true, showsAddFlag: true, enableWithDisable: .enables, addsDespiteDelete: true,
        looksUpRegistrationFirst: false, rechecksOneShot: false, dispatchDisablesEdges: false, firesOnAccept: true,
        decidesListenerAtAdd: true, boundsLowWater: false, firesWriteFirst: true, triggersOnFirstAdd: false,
        clearResetsTrigger: true),
      pipes: Pipes(
        readsReportAnyRoom: false, blockedReadsRunFilters: false, endedReadsRunFilters: true,
        lostReaderEndsRegistration: false, reportsLostReaderWhenFull: false, lostEnd: .isBadDescriptor,
        reportsReadEndAtWriter: true, reportsWriteEndAtReader: false, buffer: 65_536),
      tcp: TCP(
        countsUnfinishedConnections: false, resetsOnUnreadData: false, dropsOnFullBacklog: false,
        shutsDownUnconnected: true, forgetsAfterReset: true, addsHalfToBacklog: true, timeWait: .seconds(60),
        connectTimeout: .seconds(75), retransmissionTimeout: .seconds(511), windowUpdate: 16_344, sendBuffer: 32_768,
        receiveBuffer: 65_536),
      udp: UDP(addressBytesInData: 16, sendBuffer: 9_216, receiveBuffer: 42_080),
      ports: Ports(ephemeral: 10_000...65_535),
      unix: Unix(
        countsOwnBuffer: false, reportsPeerReadShutdown: false, failsUnacceptedStreams: true,
        refusesShutdownAfterClose: false, failsWritesToShutReader: false, keepsRoomAtEnd: true, addressBytesInData: 2,
        streamBuffer: 8_192, datagramSendBuffer: 8_192, datagramReceiveBuffer: 16_384))
  }
}
