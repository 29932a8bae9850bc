public import MetalCore
internal import MetalSystem

/// A waker's token, and whether a wake is pending.
@usableFromInline
final class WakeFlag: Sendable {
  let token: Token
  /// The waker's word, of which it uses one bit.
  @usableFromInline let pending = PendingWakes()

  init(token: Token) { self.token = token }

  // Why no wake is lost.
  //
  // A wake sets the waker's flag, puts the waker into the table's list of those that were woken, and notifies; a wake that
  // finds the flag set does nothing. The thread that polls takes the notification back, and then the list under the table's
  // lock; it clears the flag of each waker that it takes.
  //
  // 1. A wake W that finds the flag set relies on the wake V that set it: W reads the flag before the poll P clears it,
  //    so P reports the waker after W. What P's thread then sees of W's is as `PendingWakes` says.
  // 2. A wake V that set the flag is in the list before it notifies. It finds no notification: then it makes one, and a wait
  //    ends. It finds one, of X: if X's was taken back by a poll P, that came later in the notification's order of
  //    modification, so that P sees V in the list. If not, X's ends a wait that is still to come.
  // 3. There is one notification for all wakers and all changes of the registry. Taking it back loses none of them:
  //    both are in the table, under the lock.
  // 4. A wait that fails, interrupted by a signal, takes nothing back.

  /// Declares a wake pending, and returns whether it was not before.
  @inlinable
  func set() -> Bool { pending.begin(1) }

  /// Declares that no wake is pending.
  func clear() { pending.take() }
}

extension PosixPollSelector {
  /// A waker's place in the selector's table; dropping it removes the waker, and a wake that is pending with it.
  @frozen
  public struct WakerHandle: SelectorWaker, ~Copyable {
    @usableFromInline let selector: PosixPollSelector
    @usableFromInline let waker: WakeFlag

    init(_ selector: PosixPollSelector, _ waker: WakeFlag) {
      self.selector = selector
      self.waker = waker
    }

    deinit { selector.table.withState { state in state.removeWaker(waker) } }

    /// Makes the present or the next wait return with the waker's event; never blocks.
    ///
    /// - Throws: The system's error if it refuses the wake.
    @inlinable
    public func wake() throws(IOError) {
      if waker.set() { try wakeFirst() }
    }

    /// Has the present wait or the next one report the waker.
    @usableFromInline @inline(never)
    func wakeFirst() throws(IOError) {
      selector.table.withState { state in state.add(waker) }
      do throws(IOError) {
        try selector.notifier.notify()
      } catch {
        // No event will come for this wake, so no later one may rely on it.
        selector.table.withState { state in state.takeBack(waker) }
        waker.clear()
        throw error
      }
    }
  }

  /// Makes a waker that is reported under a token.
  ///
  /// - Throws: What `Registry.makeWaker(token:)` lists.
  public func makeWaker(token: Token) throws(IOError) -> WakerHandle {
    let waker = WakeFlag(token: token)
    table.withState { state in state.addWaker() }
    return WakerHandle(self, waker)
  }
}
