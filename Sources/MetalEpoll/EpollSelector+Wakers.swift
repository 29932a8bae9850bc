#if METAL_LINUX
public import CMetalSystem
public import MetalCore
internal import MetalSystem

extension EpollSelector {
  /// The eventfd of a waker, and its bit in the word of pending wakes.
  ///
  /// Dropping the handle removes the waker.
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
      // Closing the eventfd does not end the registration while a copy of the descriptor exists, for example in a child
      // process. The calls cannot fail: both descriptors belong to the selector, and the eventfd is registered.
      _ = metal_epoll_ctl_delete(selector.epoll, descriptor)
      _ = metal_close(descriptor)
      selector.pendingWakes.retire(bit)
    }

    /// Makes the current wait or the next one return with the waker's event.
    ///
    /// The method never blocks. The selector registers the eventfd edge-triggered and never reads it, so each write is
    /// an edge. Most wakes need no write. The documentation of `PendingWakes` proves that no wake is lost.
    ///
    /// - Throws: The error of write(2) if the system refuses the wake. The library expects no such error from the
    ///   system.
    /// - Complexity: O(1), no allocation: a fence and a load if a wake is pending, otherwise one system call.
    ///
    /// Source: eventfd(2); Linux man-pages 6.
    @inlinable
    public func wake() throws(IOError) {
      guard selector.pendingWakes.begin(bit) else { return }
      let result = metal_eventfd_add(descriptor, 1)
      if result < 0 { try wakeAgain(after: result) }
    }

    /// Writes again after the first write has failed.
    ///
    /// If the counter is full (after 2^64 − 2 writes), the method empties the counter first.
    @usableFromInline @inline(never)
    func wakeAgain(after failure: Int32) throws(IOError) {
      var result = failure
      while result == -EAGAIN {
        // If another thread has emptied the counter in between, the reset fails, and the write succeeds.
        _ = metal_eventfd_reset(descriptor)
        result = metal_eventfd_add(descriptor, 1)
      }
      if result < 0 {
        selector.pendingWakes.abandon(bit)
        try SystemKernel.check(result)
      }
    }
  }

  /// Makes a waker whose events carry a token.
  ///
  /// - Parameter token: The token of the waker's events.
  /// - Returns: The waker's handle, which keeps the selector alive.
  /// - Throws: `.tooManyOpenFiles` or `.tooManyOpenFilesInSystem` if no descriptor is left. `.outOfMemory` if the
  ///   system has no memory. `.noSpace` if the system can watch no more descriptors.
  /// - Complexity: Two system calls; allocates nothing on the heap.
  ///
  /// Source: eventfd(2), epoll_ctl(2); Linux man-pages 6.
  public func makeWaker(token: Token) throws(IOError) -> WakerHandle {
    let descriptor = metal_eventfd()
    try SystemKernel.check(descriptor)
    let owner = OwnedDescriptor(adopting: descriptor)
    try control(EPOLL_CTL_ADD, descriptor, token: token, interests: .readable)
    return WakerHandle(self, owner.release())
  }
}
#endif
