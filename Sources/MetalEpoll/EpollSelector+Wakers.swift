#if canImport(Glibc) || canImport(Musl) || canImport(Android)
public import CMetalSystem
public import MetalCore
internal import MetalSystem
public import Synchronization

/// A waker's place in an ``EpollSelector``: its eventfd, and its bit in the word of pending wakes.
@frozen
public struct EpollWakerHandle: Sendable, BitwiseCopyable {
  @usableFromInline
  package let descriptor: Int32
  /// One bit, or 0 for a waker beyond the 64th.
  @usableFromInline
  let bit: UInt64

  @inlinable
  init(descriptor: Int32, bit: UInt64) {
    self.descriptor = descriptor
    self.bit = bit
  }
}

// Why no wake is lost.
//
// An eventfd is registered edge-triggered and never read: each write to it is an edge of its own, which epoll keeps
// until it delivers the waker's event. A write is a system call, some forty times an atomic operation; so a wake
// first sets the waker's bit in `pendingWakes` and leaves the write out if the bit was set already. The thread that
// polls clears the whole word after each wait, before it hands anything out.
//
// 1. A wake that writes is delivered by epoll.
// 2. A wake W that finds its bit set follows, in the word's order of modification, the wake V that set it; the poll P
//    that clears the bit comes after W in that order. V writes, since it found the bit clear.
//    a. V's write is delivered by P or by a later poll: the waker's event is handed out after W, and P's acquiring
//       exchange makes visible what W's thread wrote before its releasing operation.
//    b. V's write was delivered before P? Then the poll Q that delivered it came between V's write and P. V sets the
//       bit before it writes, and the system calls order what their callers did: Q, back from its wait, sees the bit
//       set and clears it. The bit that W found set was thus set by a wake after V, which is a contradiction.
// 3. A poll that clears bits whose writes are still to come only makes later wakes write again: an event more, never
//    one less. The same holds for a wait that delivered other events and had no room for the waker's.
// 4. A wait that fails, interrupted by a signal, leaves the word alone: nothing was delivered.
// 5. A waker that goes clears its bit before the bit can be issued again, so no waker starts with a wake pending that
//    its own eventfd knows nothing of.

extension EpollSelector {
  /// Clears the word of pending wakes; called after the wait and before anything is handed out.
  @inlinable
  func takePendingWakes() {
    // The load keeps the usual turn free of a locked operation. If it reads 0 although a wake has just set a bit, that
    // wake found the bit clear, and writes.
    if pendingWakes.load(ordering: .relaxed) != 0 {
      _ = pendingWakes.exchange(0, ordering: .acquiringAndReleasing)
    }
  }

  /// Makes the present or the next wait return with the waker's event; never blocks.
  @inlinable
  public func wake(_ waker: EpollWakerHandle) throws(IOError) {
    if waker.bit != 0 {
      // Releasing: what this thread wrote before is seen by the poll that clears the bit. Acquiring: a wake that is
      // left out is ordered after the one that stands for it.
      let before = pendingWakes.bitwiseOr(waker.bit, ordering: .acquiringAndReleasing).oldValue
      if before & waker.bit != 0 { return }
    }
    let result = metal_eventfd_add(waker.descriptor, 1)
    if result < 0 { try wakeAgain(waker, after: result) }
  }

  /// Wakes although the first write failed: a full counter (2^64 − 2 writes) is emptied first.
  @usableFromInline
  @inline(never)
  func wakeAgain(_ waker: EpollWakerHandle, after failure: Int32) throws(IOError) {
    var result = failure
    while result == -Int32(METAL_EAGAIN) {
      // Another thread may have emptied it meanwhile, which is as good.
      _ = metal_eventfd_reset(waker.descriptor)
      result = metal_eventfd_add(waker.descriptor, 1)
    }
    if result < 0 {
      // No event will come for this wake, so no later one may rely on it.
      pendingWakes.bitwiseAnd(~waker.bit, ordering: .acquiringAndReleasing)
      try SystemKernel.check(result)
    }
  }

  /// Adds a waker that is reported under a token.
  public func addWaker(token: Token) throws(IOError) -> EpollWakerHandle {
    let descriptor = metal_eventfd()
    try SystemKernel.check(descriptor)
    let owner = OwnedDescriptor(adopting: descriptor)
    try control(METAL_EPOLL_CTL_ADD, descriptor, token: token, interests: .readable)
    return EpollWakerHandle(descriptor: owner.release(), bit: issueWakerBit())
  }

  /// Removes a waker that nobody will use again.
  public func removeWaker(_ waker: EpollWakerHandle) {
    // Closing the only descriptor of the eventfd ends its registration.
    _ = metal_close(waker.descriptor)
    pendingWakes.bitwiseAnd(~waker.bit, ordering: .acquiringAndReleasing)
    // Releasing, so that whoever is issued the bit next finds it clear.
    issuedWakerBits.bitwiseAnd(~waker.bit, ordering: .releasing)
  }

  private func issueWakerBit() -> UInt64 {
    var issued = issuedWakerBits.load(ordering: .relaxed)
    while ~issued != 0 {
      let bit = ~issued & (issued &+ 1)
      let (exchanged, original) = issuedWakerBits.weakCompareExchange(
        expected: issued, desired: issued | bit, ordering: .acquiring)
      if exchanged { return bit }
      issued = original
    }
    return 0
  }
}
#endif
