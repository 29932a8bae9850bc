#if METAL_LINUX
public import CMetalSystem
public import MetalCore
public import MetalSystem

extension EpollSelector {
  /// Discards what `events` held, waits, and fills it with at most its capacity of events.
  @inlinable
  public func select(
    into events: inout Events<EpollSelector>, timeout: Duration?, by permit: inout WaitPermit<EpollSelector>
  ) throws(IOError) {
    // Safety: the buffer has room for its count of records; an event is nothing but the record.
    try unsafe events.fill { buffer throws(IOError) in
      let records = unsafe UnsafeMutableRawPointer(buffer.baseAddress!).assumingMemoryBound(to: metal_epoll_event.self)
      // Of a capacity of 0 the kernel itself says that it is invalid.
      let capacity = Int32(truncatingIfNeeded: buffer.count)
      let count =
        if let timeout {
          unsafe wait(records, capacity, timeout: timeout)
        } else {
          unsafe metal_epoll_wait(epoll, records, capacity, -1)
        }
      try SystemKernel.check(count)
      pendingWakes.take()
      return count
    }
  }

  /// Waits with a timeout, and returns the number of records written or the negated errno.
  @usableFromInline @inline(never)
  func wait(_ records: UnsafeMutablePointer<metal_epoll_event>, _ capacity: Int32, timeout: Duration) -> Int {
    // Safety: `records` has room for `capacity` records, which is the most that the kernel writes.
    timedWait.wait(nanoseconds: timeout.wholeNanoseconds) { nanoseconds in
      unsafe metal_epoll_pwait2(epoll, records, capacity, nanoseconds)
    } coarsely: { milliseconds in
      unsafe metal_epoll_wait(epoll, records, capacity, milliseconds)
    }
  }
}
#endif
