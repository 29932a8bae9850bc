/// Watches many sources, and waits until one of them is ready.
///
/// ```swift
/// var poll = try Poll()
/// var events = Events(capacity: 256)
/// var listener = try TCPListener(bindingTo: address)
/// try poll.registry.register(&listener, token: .listener, interests: .readable)
/// while true {
///   do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
///   while let event = events.popFirst() { handle(event) }
/// }
/// ```
///
/// ## The contract
///
/// Readiness is **edge-triggered**: an event reports a change once. After an event, operate on the source until the
/// call returns `nil`, which means that the call would block. Only after this `nil` does the poll report the next
/// change.
///
/// - A write that took fewer bytes than given counts as a call that would block.
/// - A read of fewer bytes than asked may count as a call that would block. In this case the peer must send plain bytes
///   alone, and no event may have reported read-closed. Urgent data, for example, ends a read although more bytes have
///   arrived.
/// - Events may be spurious, but no event is lost.
///
/// Only one thread at a time can wait on a poll. The compiler enforces this rule, because ``wait(into:timeout:)`` is
/// mutating and the type is noncopyable. During the wait, any other thread may register sources, wake the poll and
/// close sources.
///
/// When the poll, the copies of its registry and its wakers are gone, the poll's sources count as unregistered. A
/// source for a borrowed descriptor is the exception: until the source is dropped, it keeps the poll's selector and the
/// registration.
@frozen
public struct Poll<S: Selector>: ~Copyable, Sendable {
  /// The registry that changes the poll's registrations.
  ///
  /// A program may copy the registry freely.
  public let registry: Registry<S>

  @usableFromInline var permit: WaitPermit<S>

  /// Makes a poll that watches no source yet.
  ///
  /// - Parameter kernel: The kernel to wait on. Use the kernel of the sources.
  /// - Throws:
  ///   - ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left.
  ///   - ``IOError/Kind/outOfMemory`` if the system has no memory.
  /// - Complexity: O(live polls); allocates the selector.
  ///
  /// Source: epoll_create1(2); kqueue(2).
  @inlinable public init(on kernel: S.K = .current) throws(IOError) { self.init(try S(on: kernel)) }

  /// Makes a poll around a selector that no other poll waits on.
  @inlinable
  package init(_ selector: S) {
    registry = Registry(selector: selector)
    permit = WaitPermit(selector)
  }

  /// Waits until a source is ready, a waker wakes or the timeout expires.
  ///
  /// The wait first discards the events in the container, and at the end fills the container with new events. If the
  /// timeout expires, the container is empty and the call throws nothing. To spin before sleeping, call
  /// ``wait(into:timeout:spinning:)``.
  ///
  /// - Parameters:
  ///   - events: The container to fill, with at most its capacity of events. The next wait delivers the events that did
  ///     not fit.
  ///   - timeout: The longest time to wait, counted from the call and rounded up to the system's resolution. The wait
  ///     never times out early. With `nil` the wait has no limit. With zero or less, the poll does not wait.
  /// - Throws:
  ///   - ``IOError/Kind/interrupted`` if a signal arrived first. On epoll the call also throws this kind if the system
  ///     stopped and continued the process, which no program can prevent.
  ///   - ``IOError/Kind/invalidInput`` at once if the container's capacity is 0.
  ///   - ``IOError/Kind/deadlock`` on a simulated kernel if nothing can end the wait.
  ///   - ``IOError/Kind/simulationEnded`` on a simulated kernel if the run of the simulation is over.
  ///   - ``IOError/Kind/invalidInput`` on poll(2) if more descriptors are registered than the process may have open.
  ///   - ``IOError/Kind/outOfMemory`` on poll(2) if the kernel has no memory for the list of descriptors.
  ///   - ``IOError/Kind/badDescriptor`` on poll(2) if other code closed the selector's own pipe.
  /// - Complexity: O(events delivered), and on poll(2) O(sources registered). The call allocates only if another copy
  ///   of `events` exists.
  ///
  /// | Selector | Difference |
  /// |---|---|
  /// | epoll | Timeouts have a resolution of nanoseconds since Linux 5.11, and of milliseconds before. |
  /// | poll(2) | Timeouts have a resolution of nanoseconds if the system has ppoll(2), else of milliseconds. |
  /// | poll(2), AFD | The wait reports a source again if the program read only a part of its bytes. |
  /// | kqueue | A source that is ready in both directions takes two events. |
  /// | AFD | A wait delivers at most 256 events. Timeouts of 15.6 ms or more end at a tick of the system's clock. |
  /// | kqueue on NetBSD | Unless the poll spins, a timeout is rounded up to clock ticks plus one: 200 µs take 20 ms. |
  ///
  /// Source: epoll_wait(2), epoll_pwait2(2); poll(2); kqueue(2).
  @inlinable @inline(__always)
  public mutating func wait(into events: inout Events<S>, timeout: Duration? = nil) throws(IOError) {
    try registry.selector.select(into: &events, timeout: timeout, by: &permit)
  }

  /// Asks for events again and again for a while, and then waits as ``wait(into:timeout:)`` does.
  ///
  /// ```swift
  /// try poll.wait(into: &events, spinning: .microseconds(50))
  /// ```
  ///
  /// When an event comes, the system must schedule a sleeping thread again. The scheduling can take longer than the
  /// peer takes to answer. While it spins, this call asks the system again and again with a timeout of zero. The spin
  /// ends at the first event, when the time in `spinning` is over, or at the timeout. Without an event, the call then
  /// sleeps for the rest of the timeout.
  ///
  /// A timeout that is shorter than the spin ends on time. The call sees the registrations and wakes of other threads
  /// while it spins. If the process handles a signal between two questions, the call goes on and does not report the
  /// signal. If the process handles a signal during the sleep, the call throws ``IOError/Kind/interrupted``.
  ///
  /// Spinning lowers the latency and costs processor time: a spinning loop keeps a processor busy and uses up a
  /// battery. Spinning helps if each loop has a processor to itself and answers come within the spin. Spinning hurts if
  /// the other side needs the processor on which the loop spins, as on a machine with one processor. If other threads
  /// are busy, the system may put both sides on one processor, unless the program keeps the two sides apart. The guide
  /// "Performance" has measurements and the commands.
  ///
  /// - Parameters:
  ///   - events: The container to fill, as in ``wait(into:timeout:)``.
  ///   - timeout: The longest time to wait, spinning included, counted from the call. The wait never times out early.
  ///     With `nil` the wait has no limit. With zero or less, the call asks once.
  ///   - spinning: The longest time to ask without sleeping, rounded up to nanoseconds. With zero or less, the call
  ///     does not spin.
  /// - Throws: The errors that ``wait(into:timeout:)`` lists.
  /// - Complexity: Each question costs a wait with a timeout of zero and one reading of the clock. On poll(2) the wait
  ///   is O(sources registered). The call allocates only if another copy of `events` exists. A program that calls
  ///   ``wait(into:timeout:)`` pays nothing for this method.
  ///
  /// | Selector | Difference |
  /// |---|---|
  /// | epoll, poll(2), kqueue, AFD | The spin takes real time. |
  /// | kqueue on a simulated kernel | The spin takes virtual time, one microsecond for each question. |
  /// | kqueue on a simulated kernel | A timeout that is shorter than the spin is rounded up to whole microseconds. |
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
    // The rest is a duration, because a timeout may exceed 64 bits of nanoseconds.
    let rest = timeout - .nanoseconds(passed)
    if rest > .zero { try selector.select(into: &events, timeout: rest, by: &permit) }
  }
}
