#if os(Linux) || os(Android)
public import CMetalSystem
public import MetalCore
internal import MetalSystem

/// A waker's place in an ``EpollSelector``: its eventfd, and its bit in the word of pending wakes.
@frozen
public struct EpollWakerHandle: Sendable, BitwiseCopyable {
  @usableFromInline
  package let descriptor: Int32
  @usableFromInline
  let bit: PendingWakes.Bit

  @inlinable
  init(descriptor: Int32, bit: PendingWakes.Bit) {
    self.descriptor = descriptor
    self.bit = bit
  }
}

extension EpollSelector {
  /// Makes the present or the next wait return with the waker's event; never blocks.
  ///
  /// The waker's eventfd is registered edge-triggered and never read: each write to it is an edge. `PendingWakes` says
  /// why none is lost although most writes are left out.
  @inlinable
  public func wake(_ waker: EpollWakerHandle) throws(IOError) {
    guard pendingWakes.begin(waker.bit) else { return }
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
      pendingWakes.abandon(waker.bit)
      try SystemKernel.check(result)
    }
  }

  /// Adds a waker that is reported under a token.
  public func addWaker(token: Token) throws(IOError) -> EpollWakerHandle {
    let descriptor = metal_eventfd()
    try SystemKernel.check(descriptor)
    let owner = OwnedDescriptor(adopting: descriptor)
    try control(METAL_EPOLL_CTL_ADD, descriptor, token: token, interests: .readable)
    return EpollWakerHandle(descriptor: owner.release(), bit: pendingWakes.issue())
  }

  /// Removes a waker that nobody will use again.
  public func removeWaker(_ waker: EpollWakerHandle) {
    // Closing does not end the registration while a copy of the descriptor lives on, as in a child. Neither call can fail:
    // both descriptors are the selector's, and this one is registered.
    _ = metal_epoll_ctl_delete(epoll, waker.descriptor)
    _ = metal_close(waker.descriptor)
    pendingWakes.retire(waker.bit)
  }
}
#endif
