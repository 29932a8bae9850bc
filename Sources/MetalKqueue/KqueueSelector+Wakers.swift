public import MetalCore
internal import Synchronization

extension KqueueSelector {
  /// A waker's user event, and its bit in the word of pending wakes; dropping it removes the waker.
  @frozen
  public struct WakerHandle: SelectorWaker, ~Copyable {
    @usableFromInline let selector: KqueueSelector
    @usableFromInline let ident: UInt
    @usableFromInline let token: Token
    @usableFromInline let bit: PendingWakes.Bit

    // The layout does not depend on the kernel, so that this `deinit` is not lost (swiftlang/swift#89686).
    deinit {
      // Deleting drops a wake that is pending. An error says that the event is gone already.
      selector.change(KernelEvent(ident: ident, filter: .user, flags: .delete))
      selector.pendingWakes.retire(bit)
    }

    /// Makes the present or the next wait return with the waker's event; never blocks.
    ///
    /// The user event reports edges (`EV_CLEAR`), and each trigger is one. `PendingWakes` says why none is lost
    /// although most are left out.
    ///
    /// - Throws: The system's error if it refuses the wake.
    @inlinable
    public func wake() throws(IOError) {
      guard selector.pendingWakes.begin(bit) else { return }
      try trigger()
    }

    /// Triggers the user event.
    ///
    /// The change does not carry `EV_CLEAR`: with that flag, FreeBSD would clear the trigger. The event keeps the flag
    /// that it was made with.
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

  /// Makes a waker that is reported under a token, with a user event of its own.
  ///
  /// - Throws: What `Registry.makeWaker(token:)` lists.
  public func makeWaker(token: Token) throws(IOError) -> WakerHandle {
    let ident = nextUserEvent()
    let record = KernelEvent(ident: ident, filter: .user, flags: [.add, .clear], token: token.rawValue)
    if let error = change(record) { throw error }
    return WakerHandle(selector: self, ident: ident, token: token, bit: pendingWakes.issue())
  }

  /// Returns a number that no user event of this queue has had.
  func nextUserEvent() -> UInt {
    // Relaxed: the number only has to be unique. 2^64 are never used up, nor 2^32 on the systems with a kqueue.
    userEventCount.add(1, ordering: .relaxed).newValue
  }
}
