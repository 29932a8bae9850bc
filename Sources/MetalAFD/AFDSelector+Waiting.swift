#if METAL_WINDOWS
internal import CMetalSystem
public import MetalCore
internal import MetalSystem
internal import Synchronization

extension AFDSelector {
  /// Waits for events, and stores the events in `events`.
  ///
  /// The method first discards the old events. The number of new events is at most 256, and at most the capacity of
  /// `events`.
  ///
  /// The system counts timeouts in milliseconds, and ends a timeout at a tick of its clock, every 15.6 ms or more
  /// often. For a timeout below 15.6 ms, the method therefore uses a timer of high resolution. Calls that the program
  /// has queued to the thread (QueueUserAPC) may run during such a wait. The method rounds a timeout up. Without an
  /// event, the method never returns before the end of the timeout.
  ///
  /// - Parameters:
  ///   - events: The container to fill.
  ///   - timeout: The longest time to wait. With `nil`, the method waits without a limit. With zero or less, the method
  ///     does not wait.
  ///   - permit: The right to wait, which only the poll has.
  ///
  /// - Throws: `.invalidInput` at once if the capacity is 0. `.outOfMemory` or `.noBufferSpace` if the system has no
  ///   memory for a request.
  /// - Complexity: One system call for the wait, two more for a timeout below 15.6 ms, and one for each changed
  ///   registration; no allocation.
  ///
  /// Source: GetQueuedCompletionStatusEx, CreateWaitableTimerExW; Microsoft's documentation.
  public func select(
    into events: inout Events<AFDSelector>, timeout: Duration?, by permit: inout WaitPermit<AFDSelector>
  ) throws(IOError) {
    // Safety: the buffer is valid during the call.
    try unsafe events.fill { buffer throws(IOError) in try unsafe wait(into: buffer, timeout) }
  }

  /// Waits for an event or the end of the timeout.
  ///
  /// - Returns: The number of events.
  @unsafe
  private func wait(into buffer: UnsafeMutableBufferPointer<AFDEvent>, _ timeout: Duration?) throws(IOError) -> Int {
    guard buffer.count > 0 else { throw IOError(.invalidInput) }
    var remaining = timeout?.wholeNanoseconds ?? .max
    // The longest timeout counts as no timeout. Only a wait that can expire needs the clock.
    let expires = remaining > 0 && remaining < .max
    let deadline = expires ? metal_monotonic_nanoseconds() + min(remaining, .max / 2) : nil
    var isLastLook = false
    var looks: Int?
    while true {
      let isShort = remaining > 0 && remaining < Self.tick
      let timer = try table.withState { state throws(IOError) in try state.beginWait(isShort: isShort) }
      let most = min(buffer.count, completions.count)
      // Safety: the memory has room for `most` completions, and only this thread uses it.
      let result =
        if let timer {
          unsafe metal_port_wait_finely(port, timer, completions.start, most, remaining)
        } else {
          unsafe metal_port_wait(port, completions.start, most, Self.milliseconds(remaining))
        }
      let (count, hasChanges, underWay) = unsafe endWait(result, into: buffer)
      try SystemKernel.check(result)
      if count > 0 { return count }
      // The wait ended at its timeout, or with completions that have no event.
      if let deadline { remaining = deadline - metal_monotonic_nanoseconds() }
      if remaining <= 0 {
        remaining = 0
        // The queue may hold more completions than there was room for, but not more than were under way at the end of the
        // timeout. Therefore other threads cannot prolong the wait.
        let left = looks ?? underWay + pipes.underWayCount.load(ordering: .relaxed) + 2
        looks = left - 1
        if result == most, left > 0 { continue }
        // A request that the selector had to cancel may find something at once. Other threads cannot cause more looks.
        if !hasChanges || isLastLook { return 0 }
        isLastLook = true
      }
    }
  }

  /// The longest tick of the system's clock in nanoseconds.
  ///
  /// A shorter timeout needs a timer, because a timeout in milliseconds ends at a tick.
  private static var tick: Int64 { 15_625_000 }

  /// The milliseconds of a timeout, rounded up; -1 without a limit.
  private static func milliseconds(_ nanoseconds: Int64) -> Int64 {
    guard nanoseconds < .max else { return -1 }
    let (milliseconds, rest) = max(nanoseconds, 0).quotientAndRemainder(dividingBy: 1_000_000)
    return milliseconds + (rest > 0 ? 1 : 0)
  }

  /// Ends the wait, and writes the events of the completions.
  ///
  /// Each completion of a source produces at most one event, so the buffer has room for the events.
  ///
  /// - Returns: The number of events, whether the selector has to start a request again, and the number of requests
  ///   under way.
  @unsafe
  private func endWait(
    _ result: Int, into events: UnsafeMutableBufferPointer<AFDEvent>
  ) -> (count: Int, hasChanges: Bool, underWay: Int) {
    // Safety: the buffer is valid during the call.
    var batch = unsafe EventBatch(events)
    return table.withState { state in
      var hasWake = false
      state.endWait()
      for index in 0..<max(result, 0) {
        switch completions[index].key {
        case PortKey.request: if let event = state.complete(completions[index]) { batch.append(event) }
        case PortKey.wake: hasWake = true
        default: if let event = event(of: completions[index]) { batch.append(event) }
        }
      }
      if hasWake { state.takeWoken(into: &batch) }
      return (batch.count, state.hasChanges, state.underWayCount)
    }
  }
}

/// Memory for the completions of a wait.
///
/// `@unchecked Sendable`: only the thread that holds the poll's permit reads or writes the memory.
@safe
final class CompletionBuffer: @unchecked Sendable {
  let count = 256
  let start: UnsafeMutablePointer<metal_completion>

  init() {
    // Safety: the memory lives until `deinit`.
    unsafe start = .allocate(capacity: count)
    unsafe start.initialize(repeating: metal_completion(), count: count)
  }

  deinit { unsafe start.deallocate() }

  subscript(index: Int) -> metal_completion {
    precondition(index >= 0 && index < count)
    // Safety: the precondition has checked the index.
    return unsafe start[index]
  }
}
#endif
