public import MetalCore
internal import Synchronization

extension KqueueSelector {
  /// Owns the user event of a waker.
  ///
  /// The handle also holds the waker's bit in the word of pending wakes. Dropping the handle removes the waker.
  @frozen
  public struct WakerHandle: SelectorWaker, ~Copyable {
    @usableFromInline let selector: KqueueSelector
    @usableFromInline let ident: UInt
    @usableFromInline let token: Token
    @usableFromInline let bit: PendingWakes.Bit

    // The layout does not depend on the kernel type, so the compiler keeps this `deinit` (swiftlang/swift#89686).
    deinit {
      // Together with the event, the kernel drops a pending wake. An error means that the event is gone already.
      selector.change(KernelEvent(ident: ident, filter: .user, flags: .delete))
      selector.pendingWakes.retire(bit)
    }

    /// Makes the present or the next wait return with the waker's event.
    ///
    /// The call never blocks. The user event is edge-triggered (`EV_CLEAR`), and each trigger is an edge. Most wakes
    /// make no system call. `PendingWakes` explains why the selector loses no wake.
    ///
    /// - Throws: The system's error if the system refuses the change that triggers the event.
    /// - Complexity: O(1), no allocation: a fence and a load if a wake is pending, otherwise one system call.
    ///
    /// Source: kqueue(2), `NOTE_TRIGGER`.
    @inlinable
    public func wake() throws(IOError) {
      guard selector.pendingWakes.begin(bit) else { return }
      try trigger()
    }

    /// Triggers the user event.
    ///
    /// The change does not have `EV_CLEAR`, because FreeBSD would clear the trigger of a change with `EV_CLEAR`. The
    /// event keeps the flag from its creation.
    @usableFromInline @inline(never)
    func trigger() throws(IOError) {
      let record = KernelEvent(
        ident: ident, filter: .user, flags: .add, filterFlags: UserEventFlags.trigger, token: token.rawValue)
      if let error = selector.change(record) {
        selector.pendingWakes.abandon(bit)
        throw error
      }
    }
  }

  /// Makes a waker with a user event of its own.
  ///
  /// - Parameter token: The token of the waker's events.
  /// - Returns: The handle of the waker.
  /// - Throws: `.outOfMemory` if the kernel has no memory for the event, or another error of kevent(2).
  /// - Complexity: O(1), one system call.
  ///
  /// Source: kqueue(2), `EVFILT_USER`.
  public func makeWaker(token: Token) throws(IOError) -> WakerHandle {
    let ident = nextUserEvent()
    let record = KernelEvent(ident: ident, filter: .user, flags: [.add, .clear], token: token.rawValue)
    if let error = change(record) { throw error }
    return WakerHandle(selector: self, ident: ident, token: token, bit: pendingWakes.issue())
  }

  /// Returns a number that no user event of this queue has had.
  func nextUserEvent() -> UInt {
    // Relaxed, because the number only has to be unique. No program makes 2^64 user events, or 2^32 on a 32-bit system.
    userEventCount.add(1, ordering: .relaxed).newValue
  }
}
