extension KernelProfile {
  /// The fields that describe event queues.
  public struct Queues: Hashable, Sendable {
    /// Whether the answer to a refused change keeps the flags of the change beside the error flag.
    public var answersKeepFlags = true
    /// Whether the receipt of a change that made a registration keeps the change's filter flags, instead of 0.
    public var newReceiptsKeepFilterFlags = true
    /// Whether the queue goes on with the next changes if a receipt has no room.
    public var goesOnWithoutRoomForReceipt = true
    /// Whether the queue refuses a malformed timeout before, and not after, it makes the changes.
    public var checksTimeoutFirst = true
    /// Whether the queue ignores a change with filter 0, unless 0 is the reading filter of the program's system.
    public var skipsFilterZero = false
    /// Whether closing a queue ends a wait on that queue, with the error `.badDescriptor`.
    public var closingEndsWait = true
    /// Whether a queue can watch itself.
    public var canWatchItself = false
    /// Whether the kernel panics, which stops the program, if two queues watch each other.
    public var panicsOnMutualWatching = false
    /// Whether delivered events show the flag `add` of their registration.
    public var showsAddFlag = true
    /// The effect of a change that both enables and disables.
    public var enableWithDisable: EnableWithDisable = .disables
    /// Whether a change that both adds and deletes makes a missing registration.
    public var addsDespiteDelete = false
    /// Whether the queue reports a missing registration before a closed descriptor.
    public var looksUpRegistrationFirst = true
    /// Whether the queue checks the condition of a one-shot registration again before delivery.
    public var rechecksOneShot = true
    /// Whether the dispatch flag disables a registration that reports edges.
    public var dispatchDisablesEdges = true
    /// Whether accepting a connection fires the listener's reading direction while other connections wait.
    ///
    /// Source: runs on FreeBSD, for TCP alone, and on NetBSD.
    public var firesOnAccept = false
    /// Whether the queue checks for a listener once for a registration, instead of in each run of the filter.
    public var decidesListenerAtAdd = false
    /// Whether the queue limits a registration's low-water mark to the range from the socket's mark to its buffer size.
    public var boundsLowWater = true
    /// Whether a disconnection fires the writing direction before the reading direction.
    public var firesWriteFirst = true
    /// Whether one change may both make and trigger a user event.
    public var triggersOnFirstAdd = true
    /// Whether a change with the clear flag cancels the trigger of a user event.
    public var clearResetsTrigger = false
  }

  /// The effect of a change that both enables and disables a registration.
  public enum EnableWithDisable: Hashable, Sendable {
    /// The change disables the registration.
    case disables
    /// The change enables the registration.
    case enables
    /// The queue refuses the change as invalid.
    case isRefused
  }

  /// The fields that describe pipes.
  public struct Pipes: Hashable, Sendable {
    /// Whether each read of bytes runs the filters of both ends, even if it leaves less than 512 bytes free.
    public var readsReportAnyRoom = true
    /// Whether a read that would block runs the filters of both ends.
    public var blockedReadsRunFilters = true
    /// Whether a read that finds the end runs the filters of both ends.
    public var endedReadsRunFilters = true
    /// Whether the registration of a pipe's writer ends once an event has reported the loss of the reader.
    public var lostReaderEndsRegistration = false
    /// Whether the loss of the reader fires the writing direction of a full pipe.
    ///
    /// In runs on NetBSD, the queue reported the loss only after the program had registered the writer again.
    public var reportsLostReaderWhenFull = true
    /// The effect of registering an end of a pipe for writing when the other end is gone.
    public var lostEnd: LostEnd = .isWatched
    /// Whether the reading filter of a writing end reports the loss of the reader.
    public var reportsReadEndAtWriter = true
    /// Whether the writing filter of a reading end reports the loss of the writer.
    public var reportsWriteEndAtReader = true
    /// The size of a pipe's buffer, in bytes.
    public var buffer = 65_536
  }

  /// The effect of registering an end of a pipe for writing when the other end is gone.
  public enum LostEnd: Hashable, Sendable {
    /// The queue makes the registration, and reports the end.
    case isWatched
    /// The queue refuses a writer without a reader, as a broken pipe.
    case isBrokenPipe
    /// The queue refuses either end without the other, as a bad descriptor.
    case isBadDescriptor
  }
}
