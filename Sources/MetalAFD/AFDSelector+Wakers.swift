#if METAL_WINDOWS
public import MetalCore
public import MetalSystem

// Why no wake is lost.
//
// The first wake of a waker sets its flag. Under the lock of the table, the wake then adds the waker to the list of
// woken wakers, and posts the completion if the completion is not in the queue. A wake that finds the flag set does
// nothing. The polling thread takes the completion from the queue. Under the lock, the polling thread then takes the
// wakers from the list and clears their flags.
//
// 1. Let a wake W find the flag that a wake V has set. W reads the flag before a wait clears the flag, so this wait
//    reports the waker after W. `PendingWakes` shows which writes of W's thread are visible to the polling thread.
// 2. Let a wake V set the flag. When V releases the lock, the waker is in the list, and the completion is in the
//    queue or on its way to the lock. The wait that takes the completion finds the waker in the list.
// 3. If there is no room for all wakers, the next wait posts the completion again before it waits.
// 4. There is one exception. If the system refuses V's completion, V throws, and a wake that has found V's flag set is
//    lost with it.

extension AFDSelector {
  /// A waker of this selector.
  ///
  /// Dropping the handle removes the waker and its pending wake.
  @frozen
  public struct WakerHandle: SelectorWaker, ~Copyable {
    @usableFromInline let selector: AFDSelector
    @usableFromInline let waker: WakeFlag

    init(_ selector: AFDSelector, _ waker: WakeFlag) {
      self.selector = selector
      self.waker = waker
    }

    deinit { selector.table.withState { state in state.wakers.removeWaker(waker) } }

    /// Makes the current wait or the next one return with the waker's event.
    ///
    /// The method never blocks.
    ///
    /// - Throws: `.outOfMemory` or `.noBufferSpace` if the system has no memory for the completion.
    /// - Complexity: O(1), no allocation: a fence and a load if a wake is pending, otherwise a lock. One system call if
    ///   no wake of the poll is pending.
    ///
    /// Source: PostQueuedCompletionStatus; Microsoft's documentation.
    @inlinable
    public func wake() throws(IOError) {
      if waker.set() { try wakeFirst() }
    }

    /// Adds the waker to the list, so that the current wait or the next one reports it.
    @usableFromInline @inline(never)
    func wakeFirst() throws(IOError) {
      try selector.table.withState { state throws(IOError) in try state.wake(waker) }
    }
  }

  /// Makes a waker whose events carry a token.
  ///
  /// - Parameter token: The token of the waker's events.
  /// - Returns: The waker's handle, which keeps the selector alive.
  /// - Throws: Nothing, because the wakers of a poll share its port.
  /// - Complexity: No system call; allocates.
  public func makeWaker(token: Token) throws(IOError) -> WakerHandle {
    let waker = WakeFlag(token: token)
    table.withState { state in state.wakers.addWaker() }
    return WakerHandle(self, waker)
  }
}
#endif
