extension Poll {
  /// Asks without sleeping for a while, then waits as ``wait(into:timeout:)`` does.
  ///
  /// ```swift
  /// try poll.wait(into: &events, spinning: .microseconds(50))
  /// ```
  ///
  /// A thread that sleeps has to be scheduled again when an event comes, which can take longer than the answer that it
  /// waits for. While it spins, this call asks the system again and again with a timeout of zero, until an event is
  /// there, or the spin or the timeout has passed; only then does it sleep, for what is left of the timeout. What a
  /// program may rely on stays: the timeout counts from the call and is never cut short, one shorter than the spin ends
  /// in time, one of zero asks once, and what other threads register or wake meanwhile is seen. A signal that is handled
  /// between two of the questions ends no wait and is not reported; one that is handled in the sleep is.
  ///
  /// It buys time with the processor: a loop that spins keeps one busy and, on a battery, empties it. It pays where each
  /// loop has a processor to itself and answers come within the spin. It hurts where the other side needs the processor on
  /// which the loop spins: there is only one, or the system puts both sides on one, as it does beside other busy threads
  /// unless they are kept apart. `Docs/Performance.md` has measurements and the commands.
  ///
  /// - Parameters:
  ///   - events: The container to fill, as in ``wait(into:timeout:)``.
  ///   - timeout: Longest time to wait, spinning included, counted from the call and never cut short; `nil` waits for
  ///     ever, `.zero` (or less) asks once.
  ///   - spinning: Longest time to ask without sleeping, rounded up to nanoseconds; `.zero` (or less) does not spin.
  /// - Throws: As ``wait(into:timeout:)``.
  /// - Complexity: Each question costs what a poll with a timeout of zero does, on poll(2) O(sources registered), and a
  ///   look at the clock. No allocation. A program that calls ``wait(into:timeout:)`` pays nothing for this.
  ///
  /// | Selector | What differs |
  /// |---|---|
  /// | epoll, poll(2), kqueue | the spin is of real time |
  /// | kqueue on a simulated kernel | the spin is of virtual time, of which a question takes a microsecond; a timeout shorter than the spin that is no whole number of them ends with the next |
  ///
  /// Source: epoll_wait(2); poll(2); kqueue(2); clock_gettime(2), `CLOCK_MONOTONIC`.
  @inlinable @inline(never)
  public mutating func wait(
    into events: inout Events<S>, timeout: Duration? = nil, spinning: Duration
  ) throws(IOError) {
    let selector = registry.selector
    let limit = min(spinning, timeout ?? spinning)
    guard limit > .zero else { return try selector.select(into: &events, timeout: timeout, by: &permit) }
    let start = selector.kernel.monotonicNanoseconds
    let limitNanoseconds = limit.wholeNanoseconds
    var passed: Int64
    repeat {
      try selector.select(into: &events, timeout: .zero, by: &permit)
      if !events.isEmpty { return }
      passed = selector.kernel.monotonicNanoseconds - start
    } while passed < limitNanoseconds
    guard let timeout else { return try selector.select(into: &events, timeout: nil, by: &permit) }
    // In whole durations, for a timeout may be longer than 64 bits of nanoseconds.
    let rest = timeout - .nanoseconds(passed)
    if rest > .zero { try selector.select(into: &events, timeout: rest, by: &permit) }
  }
}
