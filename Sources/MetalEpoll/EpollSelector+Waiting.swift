#if canImport(Glibc) || canImport(Musl) || canImport(Android)
public import CMetalSystem
public import MetalCore
public import MetalSystem
import Synchronization

extension EpollSelector {
  /// Discards what `events` held, waits, and fills it with at most its capacity of events.
  @inlinable
  public func select(into events: inout Events<EpollSelector>, timeout: Duration?) throws(IOError) {
    // Of a capacity of 0 the kernel itself says that it is invalid.
    let capacity = Int32(truncatingIfNeeded: events.capacity)
    // Safety: the buffer has room for `capacity` records and no copy shares it; an event is nothing but the record.
    let records = unsafe UnsafeMutableRawPointer(events.prepare()).assumingMemoryBound(
      to: metal_epoll_event.self)
    let count =
      if let timeout {
        unsafe wait(records, capacity, timeout: timeout)
      } else {
        unsafe metal_epoll_wait(epoll, records, capacity, -1)
      }
    try SystemKernel.check(count)
    takePendingWakes()
    // Safety: the kernel has written the first `count` records.
    unsafe events.commit(count: Int(count))
  }

  /// Waits with a timeout, and returns the number of records written or a negated errno.
  @usableFromInline
  @inline(never)
  func wait(_ records: UnsafeMutablePointer<metal_epoll_event>, _ capacity: Int32, timeout: Duration) -> Int32
  {
    // Safety: `records` has room for `capacity` records, which is the most that the kernel writes, here and below.
    guard timeout > .zero else { return unsafe metal_epoll_wait(epoll, records, capacity, 0) }
    // A duration can be longer than its components can say; 292 billion years are as good.
    var (seconds, attoseconds) = min(timeout, .seconds(Int64.max)).components
    // Rounded up to nanoseconds, so that no wait is cut short.
    var nanoseconds = (attoseconds + 999_999_999) / 1_000_000_000
    if nanoseconds == 1_000_000_000, seconds < .max {
      (seconds, nanoseconds) = (seconds + 1, 0)
    }
    let hasWholeMilliseconds = nanoseconds % 1_000_000 == 0 && seconds < Self.longestCoarseWaitSeconds
    if !hasWholeMilliseconds, hasFineWait.load(ordering: .relaxed) {
      // Safety: as above.
      let count = unsafe metal_epoll_pwait2(epoll, records, capacity, seconds, min(nanoseconds, 999_999_999))
      // Some sandboxes answer EPERM to a call they do not know. Either way nothing has been waited for yet.
      guard count == -Int32(METAL_ENOSYS) || count == -Int32(METAL_EPERM) else { return count }
      hasFineWait.store(false, ordering: .relaxed)
    }
    // Safety: as above.
    return unsafe waitCoarsely(records, capacity, seconds: seconds, nanoseconds: nanoseconds)
  }

  /// Waits in steps of milliseconds, rounded up; a timeout beyond 32 bits of them takes several waits.
  private func waitCoarsely(
    _ records: UnsafeMutablePointer<metal_epoll_event>, _ capacity: Int32, seconds: Int64, nanoseconds: Int64
  ) -> Int32 {
    var remaining = seconds
    while remaining >= Self.longestCoarseWaitSeconds {
      let step = Int32(Self.longestCoarseWaitSeconds * 1000)
      // Safety: the kernel writes at most `capacity` records, for which there is room; likewise below.
      let count = unsafe metal_epoll_wait(epoll, records, capacity, step)
      guard count == 0 else { return count }
      remaining -= Self.longestCoarseWaitSeconds
    }
    let milliseconds = Int32(remaining * 1000 + (nanoseconds + 999_999) / 1_000_000)
    return unsafe metal_epoll_wait(epoll, records, capacity, milliseconds)
  }

  /// Seconds that epoll_wait(2) can certainly express: its milliseconds are 32 bits wide.
  private static var longestCoarseWaitSeconds: Int64 { 2_000_000 }
}
#endif
