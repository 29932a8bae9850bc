public import MetalCore
public import MetalSystem

// Why no wake is lost.
//
// The first wake of a waker sets its flag, adds the waker to the table's list of woken wakers, and notifies. A wake
// that finds the flag set does nothing. The polling thread first takes the notification back. Under the table's lock,
// the thread then empties the list and clears the flag of each waker in it.
//
// 1. Let a wake W find the flag that a wake V has set. W reads the flag before a poll P clears it, so P reports the
//    waker after W. `PendingWakes` shows which writes of W's thread are visible to P's thread.
// 2. Let a wake V set the flag. V adds the waker to the list before V notifies.
//   a. V finds no notification. V makes one, which ends a wait.
//   b. V finds the notification of a wake X, and a poll P takes that notification back. In the modification order of
//      the notification, P comes after V, so P sees V's waker in the list.
//   c. V finds the notification of a wake X, and no poll has taken that notification back. X's notification ends a
//      later wait.
// 3. All wakers and all changes of the registry share one notification. Taking the notification back loses no waker
//    and no change, because the table holds both under the lock.
// 4. If a signal ends a wait, the polling thread does not take the notification back.
// 5. There is one exception. If the system refuses V's notification, V throws, and a wake of the same waker that comes
//    before V has cleared the flag may be lost with it.

extension PosixPollSelector {
  /// The place of a waker in the table of its selector.
  ///
  /// Dropping the handle removes the waker and its pending wake.
  @frozen
  public struct WakerHandle: SelectorWaker, ~Copyable {
    @usableFromInline let selector: PosixPollSelector
    @usableFromInline let waker: WakeFlag

    init(_ selector: PosixPollSelector, _ waker: WakeFlag) {
      self.selector = selector
      self.waker = waker
    }

    deinit { selector.table.withState { state in state.wakers.removeWaker(waker) } }

    /// Makes the current wait or the next one return with the waker's event.
    ///
    /// The method never blocks.
    ///
    /// - Throws: The error of write(2) if the system refuses the wake. The library expects no such error from the
    ///   system.
    /// - Complexity: O(1), no allocation: a fence and a load if a wake is pending, otherwise a lock. One system call if
    ///   no wake of the poll is pending.
    ///
    /// Source: write(2); POSIX.1-2024.
    @inlinable
    public func wake() throws(IOError) {
      if waker.set() { try wakeFirst() }
    }

    /// Adds the waker to the list, so that the current wait or the next one reports it.
    @usableFromInline @inline(never)
    func wakeFirst() throws(IOError) {
      selector.table.withState { state in state.wakers.add(waker) }
      do throws(IOError) {
        try selector.notifier.notify()
      } catch {
        // No event follows for this wake, so no later wake may rely on it.
        selector.table.withState { state in state.wakers.takeBack(waker) }
        waker.clear()
        throw error
      }
    }
  }

  /// Makes a waker whose events carry a token.
  ///
  /// - Parameter token: The token of the waker's events.
  /// - Returns: The waker's handle, which keeps the selector alive.
  /// - Throws: Nothing, because the wakers of a poll share its pipe.
  /// - Complexity: No system call; allocates.
  public func makeWaker(token: Token) throws(IOError) -> WakerHandle {
    let waker = WakeFlag(token: token)
    table.withState { state in state.wakers.addWaker() }
    return WakerHandle(self, waker)
  }
}
