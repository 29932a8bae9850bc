#if METAL_WINDOWS
internal import CMetalSystem
public import MetalCore
internal import MetalSystem
internal import Synchronization

/// The token of a waker, and its flag for a pending wake.
@usableFromInline
final class WakeFlag: Sendable {
  let token: Token
  /// A word of which the waker uses one bit.
  @usableFromInline let pending = PendingWakes()
  /// Whether the program has dropped the waker.
  private let isDropped = Atomic<Bool>(false)

  init(token: Token) { self.token = token }

  // Why no wake is lost: each wake that finds the flag clear posts a completion, which the port keeps until a wait takes
  // it. That completion is the edge that `PendingWakes` describes. The polling thread clears the flag when it takes the
  // completion, before the wait returns.

  /// Marks that the waker is gone, so that no wait reports its pending wake.
  func drop() { isDropped.store(true, ordering: .releasing) }

  /// Takes the completion of a wake, and returns its event; `nil` for a waker that is gone.
  func takeEvent() -> AFDEvent? {
    pending.take()
    return isDropped.load(ordering: .acquiring) ? nil : AFDEvent(token: token, conditions: .readable)
  }
}

extension AFDSelector {
  /// A waker of this selector.
  ///
  /// Dropping the handle removes the waker and its pending wake.
  @frozen
  public struct WakerHandle: SelectorWaker, ~Copyable {
    @usableFromInline let selector: AFDSelector
    @usableFromInline let waker: WakeFlag

    init(_ selector: AFDSelector, _ waker: WakeFlag) {
      self.selector = selector
      self.waker = waker
    }

    deinit { waker.drop() }

    /// Makes the current wait or the next one return with the waker's event.
    ///
    /// The method never blocks.
    ///
    /// - Throws: `.outOfMemory` or `.noBufferSpace` if the system has no memory for the completion.
    /// - Complexity: O(1), no allocation: a fence and a load if a wake is pending, otherwise one system call.
    ///
    /// Source: PostQueuedCompletionStatus in Microsoft's documentation of Windows.
    @inlinable
    public func wake() throws(IOError) {
      if waker.pending.begin(1) { try post() }
    }

    /// Queues a completion that keeps the waker alive.
    @usableFromInline @inline(never)
    func post() throws(IOError) {
      // Safety: the wait that takes the completion releases this reference.
      let context = unsafe Unmanaged.passRetained(waker)
      let result = unsafe metal_port_post(selector.port, PortKey.waker, UInt(bitPattern: context.toOpaque()))
      guard result < 0 else { return }
      unsafe context.release()
      waker.pending.abandon(1)
      try SystemKernel.check(result)
    }
  }

  /// Makes a waker whose events carry a token.
  ///
  /// - Parameter token: The token of the waker's events.
  /// - Returns: The waker's handle, which keeps the selector alive.
  /// - Throws: Nothing, because the wakers of a poll share its port.
  /// - Complexity: No system call; allocates.
  public func makeWaker(token: Token) throws(IOError) -> WakerHandle { WakerHandle(self, WakeFlag(token: token)) }
}
#endif
