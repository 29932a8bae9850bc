public import MetalCore
internal import MetalSystem
internal import Synchronization

/// A waker's token, and whether a wake is pending.
final class WakeFlag: Sendable {
  let token: Token
  private let pending = Atomic<Bool>(false)

  init(token: Token) { self.token = token }

  // Why no wake is lost.
  //
  // A wake first sets the waker's flag and then notifies; either is left out if it was done already. The thread that
  // polls takes the notification back and then asks all wakers, each of which clears its flag.
  //
  // 1. A wake W that finds the flag set follows, in the flag's order of modification, the wake V that set it, and comes
  //    before the poll P that clears it. P reports both, and its acquiring exchange makes W's thread's work visible.
  // 2. A wake V that set the flag notifies. It finds no notification: then it makes one, and a wait ends. It finds one,
  //    of X: if X's was taken back by a poll P, that came later in the notification's order of modification, so that P
  //    sees V's flag when it asks. If not, X's ends a wait that is still to come.
  // 3. There is one notification for all wakers and all changes of the registry. Taking it back loses none of them:
  //    P asks every waker, and the registry's changes are in the table, under the lock.
  // 4. A wait that fails, interrupted by a signal, takes nothing back.

  /// Whether a wake is pending, as far as this thread knows: one it does not know of notifies again.
  var isPending: Bool { pending.load(ordering: .relaxed) }

  /// Declares a wake pending, and returns whether it was not before.
  func set() -> Bool { !pending.exchange(true, ordering: .acquiringAndReleasing) }

  /// Takes a pending wake, and returns whether there was one.
  func take() -> Bool { pending.exchange(false, ordering: .acquiringAndReleasing) }
}

extension PosixPollSelector {
  /// A waker's place in the selector's list; dropping it removes the waker, and a wake that is pending with it.
  public struct WakerHandle: SelectorWaker, ~Copyable {
    let selector: PosixPollSelector
    let waker: WakeFlag

    deinit { selector.table.withState { state in state.wakers.removeAll { $0 === waker } } }

    /// Makes the present or the next wait return with the waker's event; never blocks.
    ///
    /// - Throws: The system's error if it refuses the wake.
    public func wake() throws(IOError) {
      guard waker.set() else { return }
      do throws(IOError) {
        try selector.notifier.notify()
      } catch {
        // No event will come for this wake, so no later one may rely on it.
        _ = waker.take()
        throw error
      }
    }
  }

  /// Makes a waker that is reported under a token.
  ///
  /// - Throws: What `Registry.makeWaker(token:)` lists.
  public func makeWaker(token: Token) throws(IOError) -> WakerHandle {
    let waker = WakeFlag(token: token)
    table.withState { state in state.wakers.append(waker) }
    return WakerHandle(selector: self, waker: waker)
  }
}
