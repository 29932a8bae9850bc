public import MetalCore
internal import Synchronization

/// A waker's place in a ``KqueueSelector``: the number of its user event, and its bit in the word of pending wakes.
@frozen
public struct KqueueWakerHandle: Sendable, BitwiseCopyable {
  @usableFromInline
  let ident: UInt
  @usableFromInline
  let token: Token
  @usableFromInline
  let bit: PendingWakes.Bit

  @inlinable
  init(ident: UInt, token: Token, bit: PendingWakes.Bit) {
    self.ident = ident
    self.token = token
    self.bit = bit
  }
}

extension KqueueSelector {
  /// Makes the present or the next wait return with the waker's event; never blocks.
  ///
  /// The user event reports edges (`EV_CLEAR`), and each trigger is one. `PendingWakes` says why none is lost although
  /// most are left out.
  @inlinable
  public func wake(_ waker: KqueueWakerHandle) throws(IOError) {
    guard pendingWakes.begin(waker.bit) else { return }
    try trigger(waker)
  }

  /// Triggers a waker's user event.
  ///
  /// The change does not carry `EV_CLEAR`, by which FreeBSD would take the trigger back; the event keeps the flag that
  /// it was made with.
  @usableFromInline
  @inline(never)
  func trigger(_ waker: KqueueWakerHandle) throws(IOError) {
    let record = KernelEvent(
      ident: waker.ident, filter: .user, flags: .add, filterFlags: UserEventFlags.trigger,
      token: waker.token.rawValue)
    if let error = change(record) {
      pendingWakes.abandon(waker.bit)
      throw error
    }
  }

  /// Adds a waker that is reported under a token, with a user event of its own.
  public func addWaker(token: Token) throws(IOError) -> KqueueWakerHandle {
    let ident = nextUserEvent()
    let record = KernelEvent(ident: ident, filter: .user, flags: [.add, .clear], token: token.rawValue)
    if let error = change(record) { throw error }
    return KqueueWakerHandle(ident: ident, token: token, bit: pendingWakes.issue())
  }

  /// Removes a waker that nobody will use again.
  public func removeWaker(_ waker: KqueueWakerHandle) {
    // Deleting drops a wake that is pending. An error says that the event is gone already.
    change(KernelEvent(ident: waker.ident, filter: .user, flags: .delete))
    pendingWakes.retire(waker.bit)
  }

  /// Returns a number that no user event of this queue has had.
  func nextUserEvent() -> UInt {
    // Relaxed: the number only has to be unique. 2^64 are never used up, nor 2^32 on the systems with a kqueue.
    userEventCount.add(1, ordering: .relaxed).newValue
  }
}
