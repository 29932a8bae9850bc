#if METAL_LINUX
public import CMetalSystem
public import MetalCore
internal import MetalSystem

extension EpollSelector {
  /// A waker's eventfd, and its bit in the word of pending wakes; dropping it removes the waker.
  @frozen
  public struct WakerHandle: SelectorWaker, ~Copyable {
    @usableFromInline let selector: EpollSelector
    @usableFromInline package let descriptor: Int32
    @usableFromInline let bit: PendingWakes.Bit

    init(_ selector: EpollSelector, _ descriptor: Int32) {
      self.selector = selector
      self.descriptor = descriptor
      bit = selector.pendingWakes.issue()
    }

    deinit {
      // Closing does not end the registration while a copy of the descriptor lives on, as in a child. Neither call can
      // fail: both descriptors are the selector's, and this one is registered.
      _ = metal_epoll_ctl_delete(selector.epoll, descriptor)
      _ = metal_close(descriptor)
      selector.pendingWakes.retire(bit)
    }

    /// Makes the present or the next wait return with the waker's event; never blocks.
    ///
    /// The waker's eventfd is registered edge-triggered and never read: each write to it is an edge. `PendingWakes`
    /// says why none is lost although most writes are left out.
    ///
    /// - Throws: The system's error if it refuses the wake.
    @inlinable
    public func wake() throws(IOError) {
      guard selector.pendingWakes.begin(bit) else { return }
      let result = metal_eventfd_add(descriptor, 1)
      if result < 0 { try wakeAgain(after: result) }
    }

    /// Wakes although the first write failed: a full counter (2^64 − 2 writes) is emptied first.
    @usableFromInline @inline(never)
    func wakeAgain(after failure: Int32) throws(IOError) {
      var result = failure
      while result == -EAGAIN {
        // Another thread may have emptied it meanwhile, which is as good.
        _ = metal_eventfd_reset(descriptor)
        result = metal_eventfd_add(descriptor, 1)
      }
      if result < 0 {
        selector.pendingWakes.abandon(bit)
        try SystemKernel.check(result)
      }
    }
  }

  /// Makes a waker that is reported under a token.
  ///
  /// - Throws: What `Registry.makeWaker(token:)` lists.
  public func makeWaker(token: Token) throws(IOError) -> WakerHandle {
    let descriptor = metal_eventfd()
    try SystemKernel.check(descriptor)
    let owner = OwnedDescriptor(adopting: descriptor)
    try control(EPOLL_CTL_ADD, descriptor, token: token, interests: .readable)
    return WakerHandle(self, owner.release())
  }
}
#endif
