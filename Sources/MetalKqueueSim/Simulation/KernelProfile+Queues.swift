extension KernelProfile {
  /// The fields of event queues.
  public struct Queues: Hashable, Sendable {
    /// Whether the answer to a refused change has the change's own flags beside the error flag (C7).
    public var answersKeepFlags = true
    /// Whether the receipt of a change that has made a registration has the change's filter flags, not none (C6).
    public var newReceiptsKeepFilterFlags = true
    /// Whether the changes behind a receipt without room are still made (C9).
    public var goesOnWithoutRoomForReceipt = true
    /// Whether a malformed timeout is refused before the changes are made, and not after (C12).
    public var checksTimeoutFirst = true
    /// Whether a change of the filter 0 is skipped in silence, if the program's system has no such filter (C14).
    public var skipsFilterZero = false
    /// Whether closing a queue ends a wait on it, with a bad descriptor (C15).
    public var closingEndsWait = true
    /// Whether a queue can watch itself (C16).
    public var canWatchItself = false
    /// Whether two queues that watch each other stop the kernel, and so the program (C16).
    public var panicsOnMutualWatching = false
    /// Whether delivered events show the flag with which their registration was added (D9).
    public var showsAddFlag = true
    /// The effect of a change that both enables and disables (L9).
    public var enableWithDisable: EnableWithDisable = .disables
    /// Whether a change that both adds and deletes makes the registration if there is none (L9).
    public var addsDespiteDelete = false
    /// Whether a missing registration is reported before a closed descriptor (L11).
    public var looksUpRegistrationFirst = true
    /// Whether a one-shot registration's condition is asked again before it is delivered (L12).
    public var rechecksOneShot = true
    /// Whether the dispatch flag disables a registration that reports edges (L13).
    public var dispatchDisablesEdges = true
    /// Whether accepting a connection fires the listener's reading direction while others wait (R1).
    ///
    /// FreeBSD and NetBSD do so when they run, FreeBSD with TCP alone.
    public var firesOnAccept = false
    /// Whether the first change decides if a socket is watched as a listener, and not each run of the filter (R2).
    public var decidesListenerAtAdd = false
    /// Whether a registration's own low-water mark is kept between the socket's mark and the size of its buffer (R4).
    public var boundsLowWater = true
    /// Whether a disconnection fires the writing direction before the reading one (S8).
    public var firesWriteFirst = true
    /// Whether one change may both make and trigger a user event (U4).
    public var triggersOnFirstAdd = true
    /// Whether a change with the clear flag takes back a user event's trigger (U5).
    public var clearResetsTrigger = false
  }

  /// The effect of a change that both enables and disables a registration (L9).
  public enum EnableWithDisable: Hashable, Sendable {
    /// The registration is disabled.
    case disables
    /// The registration is enabled.
    case enables
    /// The change is refused as invalid.
    case isRefused
  }

  /// The fields of pipes.
  public struct Pipes: Hashable, Sendable {
    /// Whether a read that took something runs the filters of both ends whatever room it leaves, and not from 512 bytes
    /// on (P4).
    public var readsReportAnyRoom = true
    /// Whether a read that would block runs the filters of both ends (P5).
    public var blockedReadsRunFilters = true
    /// Whether a read that finds the end runs the filters of both ends (P5).
    public var endedReadsRunFilters = true
    /// Whether the loss of its reader ends the registration of a pipe's writer, when it was reported once (P6).
    public var lostReaderEndsRegistration = false
    /// Whether the loss of the reader fires the writing direction of a full pipe (P6).
    ///
    /// If not, the loss is reported only to a writer that has room, or that is registered again: NetBSD, when it runs.
    public var reportsLostReaderWhenFull = true
    /// The effect of registering the end of a pipe for writing when the other end is gone (P7).
    public var lostEnd: LostEnd = .isWatched
    /// Whether reading, watched at the writing end, reports the loss of the reader (P8).
    public var reportsReadEndAtWriter = true
    /// Whether writing, watched at the reading end, reports the loss of the writer (P8).
    public var reportsWriteEndAtReader = true
    /// The room of a pipe, in bytes.
    public var buffer = 65_536
  }

  /// The effect of registering the end of a pipe for writing when the other end is gone (P7).
  public enum LostEnd: Hashable, Sendable {
    /// The registration is made, and reports the end.
    case isWatched
    /// A writer without a reader is refused, as a broken pipe.
    case isBrokenPipe
    /// Either end without the other is refused, as a bad descriptor.
    case isBadDescriptor
  }
}
