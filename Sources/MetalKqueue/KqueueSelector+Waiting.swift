public import MetalCore
internal import Synchronization

extension KqueueSelector {
  /// Waits, and replaces the contents of `events` with the records that the queue delivers.
  ///
  /// If only stale records arrive, the wait continues until the original deadline.
  ///
  /// - Throws: `.interrupted` if a signal arrived first; `.invalidInput` at once if the container's capacity is 0;
  ///   `.deadlock` on a simulated kernel if nothing can end the wait; `.simulationEnded` on a simulated kernel if the
  ///   run is over; or another error of kevent(2).
  /// - Complexity: O(n) for n delivered events; no allocation. The selector makes one system call, and repeats the
  ///   system call after a wait that brought only stale records.
  ///
  /// Source: kevent(2).
  @inlinable
  public func select(
    into events: inout Events<KqueueSelector>, timeout: Duration?, by permit: inout WaitPermit<KqueueSelector>
  ) throws(IOError) {
    if events.capacity == 0 { try refuse(.invalidInput) }
    let nanoseconds = timeout?.wholeNanoseconds
    // Only a report of a broken pipe can be stale. Without a report, the selector does not read the clock.
    let deadline = brokenPipes.isInUse ? self.deadline(after: nanoseconds) : nil
    // Safety: an event has the layout of a record, and the kernel writes only as many records as fit.
    try unsafe events.fill { buffer throws(IOError) in
      let records = unsafe UnsafeMutableRawBufferPointer(buffer).assumingMemoryBound(to: KernelEvent.self)
      let count = try unsafe wait(records, nanoseconds)
      return brokenPipes.isInUse ? try unsafe settleNews(records, count, nanoseconds, deadline) : count
    }
  }

  /// Waits once.
  ///
  /// - Returns: The number of records that the kernel has written.
  @inlinable @unsafe
  func wait(_ buffer: UnsafeMutableBufferPointer<KernelEvent>, _ nanoseconds: Int64?) throws(IOError) -> Int {
    // Safety: only the caller uses the buffer, and its records are trivial.
    var output = unsafe OutputSpan<KernelEvent>(buffer: buffer, initializedCount: 0)
    let result = kernel.kevent(queue, changes: Span(), events: &output, timeout: nanoseconds)
    let count = unsafe output.finalize(for: buffer)
    if !result.isSuccess { try raise(result) }
    pendingWakes.take()
    return count
  }

  @usableFromInline @inline(never)
  func raise(_ result: IOResult) throws(IOError) -> Never {
    throw K.error(for: result)
  }

  /// Returns the moment at which a poll ends, or `nil` if the poll waits for ever or not at all.
  @usableFromInline @inline(never)
  func deadline(after nanoseconds: Int64?) -> Int64? {
    guard let nanoseconds, nanoseconds > 0 else { return nil }
    let (deadline, overflowed) = kernel.monotonicNanoseconds.addingReportingOverflow(nanoseconds)
    return overflowed ? .max : deadline
  }

  /// Removes stale reports of broken pipes from the delivered records.
  ///
  /// If the queue delivered only stale reports, the poll continues until its deadline.
  ///
  /// - If another thread announces a report that becomes stale during the poll, the deadline is unknown, and the
  ///   poll delivers the report. The poll could also have returned before the other thread closed the source.
  /// - After the deadline, the poll makes at most one more system call for each report that is left. So the poll finds
  ///   an event behind stale reports, and other threads cannot make the poll longer.
  ///
  /// - Returns: The number of records that are left.
  @usableFromInline @inline(never)
  @unsafe
  func settleNews(
    _ buffer: UnsafeMutableBufferPointer<KernelEvent>, _ count: Int, _ nanoseconds: Int64?, _ deadline: Int64?
  ) throws(IOError) -> Int {
    var delivered = count
    var looksLeft = brokenPipes.count.load(ordering: .relaxed)
    while delivered > 0 {
      // Safety: the kernel has written the first `delivered` records.
      let kept = unsafe dropStaleNews(buffer, delivered)
      if kept > 0 { return kept }
      var remaining = nanoseconds
      if let nanoseconds, nanoseconds > 0 {
        guard let deadline else { return delivered }
        remaining = deadline - kernel.monotonicNanoseconds
      }
      if let left = remaining, left <= 0 {
        guard looksLeft > 0 else { return 0 }
        looksLeft -= 1
        remaining = 0
      }
      delivered = try unsafe wait(buffer, remaining)
    }
    return 0
  }
}
