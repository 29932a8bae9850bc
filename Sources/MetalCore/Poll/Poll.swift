/// A wait for the readiness of many sources at once.
///
/// ```swift
/// var poll = try Poll()
/// var events = Events(capacity: 256)
/// var listener = try TCPListener(bindingTo: address)
/// try poll.registry.register(&listener, token: .listener, interests: .readable)
/// while true {
///   do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
///   while let event = events.popFirst() { … }
/// }
/// ```
///
/// ## The contract
///
/// Readiness is **edge-triggered**: an event reports a change, once. After an event, operate on the source until the
/// call returns `nil`, which says that it would block. Only then is the next change reported. A write that took fewer
/// bytes than given counts as one that would block. A read that returned fewer bytes than asked does so only if the
/// peer sends plain bytes alone, and no event said read-closed: urgent data, for one, ends a read although more has
/// arrived. Events may be spurious, never lost.
///
/// One thread at a time waits on a poll, which the compiler enforces: ``wait(into:timeout:)`` is mutating and the type
/// is noncopyable. Registering, waking and closing go on from any thread meanwhile.
///
/// When the poll, the copies of its registry and its wakers are gone, its sources count as unregistered. Only a source
/// for a borrowed descriptor keeps the poll's selector, and with it the registration, until it is dropped.
@frozen
public struct Poll<S: Selector>: ~Copyable, Sendable {
  /// The right to change what this poll watches; copy it freely.
  public let registry: Registry<S>

  @usableFromInline var permit: WaitPermit<S>

  /// Makes a poll that watches nothing yet.
  ///
  /// - Parameter kernel: The kernel to wait on; that of the sources.
  /// - Throws: ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left;
  ///   ``IOError/Kind/outOfMemory`` if the system has no memory.
  /// - Complexity: O(live polls); allocates the selector.
  ///
  /// Source: epoll_create1(2); kqueue(2).
  @inlinable public init(on kernel: S.K = .current) throws(IOError) { self.init(try S(on: kernel)) }

  /// Makes a poll around a selector that nobody else waits on.
  @inlinable
  package init(_ selector: S) {
    registry = Registry(selector: selector)
    permit = WaitPermit(selector)
  }

  /// Waits until a source is ready, a waker wakes, or the timeout expires, and delivers what happened.
  ///
  /// What `events` held is discarded first. An expired timeout is no error: the container is empty then. To spin for a
  /// while before it sleeps, a program calls ``wait(into:timeout:spinning:)``.
  ///
  /// - Parameters:
  ///   - events: The container to fill, with at most its capacity; what did not fit comes with the next poll.
  ///   - timeout: Longest time to wait, counted from the call and never cut short; `nil` waits for ever, `.zero` (or
  ///     less) does not wait. As fine as the system's wait allows, and rounded up to it.
  /// - Throws: ``IOError/Kind/interrupted`` if a signal arrived first, on epoll also if the process was stopped and
  ///   continued, which no program can block; ``IOError/Kind/invalidInput`` at once if the container's capacity is 0;
  ///   ``IOError/Kind/deadlock`` on a simulated kernel when nothing can end the wait. On poll(2) also
  ///   ``IOError/Kind/invalidInput`` if more descriptors are registered than the process may have open,
  ///   ``IOError/Kind/outOfMemory`` if the kernel has none for the list of them, and ``IOError/Kind/badDescriptor`` if
  ///   somebody else has closed the selector's own pipe.
  /// - Complexity: O(events delivered), and on poll(2) O(sources registered); no allocation unless a copy of `events`
  ///   is held elsewhere.
  ///
  /// | Selector | What differs |
  /// |---|---|
  /// | epoll | timeouts to the nanosecond from Linux 5.11 on, else to the millisecond |
  /// | poll(2) | timeouts to the nanosecond where there is ppoll(2), else to the millisecond; what was read in part is reported again |
  /// | kqueue | a source that is ready in both directions takes two events; NetBSD rounds timeouts up to ticks of its clock and adds one, so that 200 µs take 20 ms, unless the poll spins |
  ///
  /// Source: epoll_wait(2), epoll_pwait2(2); poll(2); kqueue(2).
  @inlinable @inline(__always)
  public mutating func wait(into events: inout Events<S>, timeout: Duration? = nil) throws(IOError) {
    try registry.selector.select(into: &events, timeout: timeout, by: &permit)
  }

  /// Asks without sleeping for a while, then waits as ``wait(into:timeout:)`` does.
  ///
  /// ```swift
  /// try poll.wait(into: &events, spinning: .microseconds(50))
  /// ```
  ///
  /// A thread that sleeps has to be scheduled again when an event comes, which can take longer than the answer that it
  /// waits for. While it spins, this call asks the system again and again with a timeout of zero, until an event is
  /// there, or the spin or the timeout has passed; only then does it sleep, for what is left of the timeout. A timeout
  /// shorter than the spin ends in time, and the call sees what other threads register or wake meanwhile. A signal that
  /// is handled between two of the questions ends no wait and is not reported; one that is handled in the sleep is.
  ///
  /// It buys time with the processor: a loop that spins keeps one busy and, on a battery, empties it. It pays where
  /// each loop has a processor to itself and answers come within the spin. It hurts where the other side needs the
  /// processor on which the loop spins: there is only one, or the system puts both sides on one, as it does beside
  /// other busy threads unless they are kept apart. `Docs/Performance.md` has measurements and the commands.
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
