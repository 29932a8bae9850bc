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
/// call returns `nil`, which says that it would block. Only then is the next change reported. A write that took fewer bytes than given counts as one that would block. A read that returned fewer bytes
/// than asked does so only if the peer sends plain bytes alone, and no event said read-closed: urgent data, for one, ends
/// a read although more has arrived. Events may be spurious, never lost.
///
/// One thread at a time waits on a poll, which the compiler enforces: ``wait(into:timeout:)`` is mutating and the type
/// is noncopyable. Registering, waking and closing go on from any thread meanwhile.
///
/// When the poll, the copies of its registry and its wakers are gone, its sources count as unregistered. Only a source for
/// a borrowed descriptor keeps the poll's selector, and with it the registration, until it is dropped.
@frozen
public struct Poll<S: Selector>: ~Copyable, Sendable {
  /// The right to change what this poll watches; copy it freely.
  public let registry: Registry<S>

  @usableFromInline var permit: WaitPermit<S>

  /// Makes a poll that watches nothing yet.
  ///
  /// - Parameter kernel: The kernel to wait on; that of the sources.
  /// - Throws: ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is
  ///   left; ``IOError/Kind/outOfMemory`` if the system has no memory.
  /// - Complexity: O(live polls); allocates the selector.
  ///
  /// Source: epoll_create1(2); kqueue(2).
  @inlinable
  public init(on kernel: S.K = .current) throws(IOError) {
    self.init(try S(on: kernel))
  }

  /// Makes a poll around a selector that nobody else waits on.
  @inlinable
  package init(_ selector: S) {
    registry = Registry(selector: selector)
    permit = WaitPermit(selector)
  }

  /// Waits until a source is ready, a waker wakes, or the timeout expires, and delivers what happened.
  ///
  /// What `events` held is discarded first. An expired timeout is no error: the container is empty then. To
  /// spin for a while before it sleeps, a program calls ``wait(into:timeout:spinning:)``.
  ///
  /// - Parameters:
  ///   - events: The container to fill, with at most its capacity; what did not fit comes with the next poll.
  ///   - timeout: Longest time to wait, counted from the call and never cut short; `nil` waits for ever, `.zero` (or
  ///     less) does not wait. As fine as the system's wait allows, and rounded up to it.
  /// - Throws: ``IOError/Kind/interrupted`` if a signal arrived first, on epoll also if the process was stopped and
  ///   continued, which no program can block; ``IOError/Kind/invalidInput`` at once if the
  ///   container's capacity is 0; ``IOError/Kind/deadlock`` on a simulated kernel
  ///   when nothing can end the wait. On poll(2) also ``IOError/Kind/invalidInput`` if more descriptors are registered
  ///   than the process may have open, ``IOError/Kind/outOfMemory`` if the kernel has none for the list of them, and
  ///   ``IOError/Kind/badDescriptor`` if somebody else has closed the selector's own pipe.
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
  @inlinable
  public mutating func wait(into events: inout Events<S>, timeout: Duration? = nil) throws(IOError) {
    try registry.selector.select(into: &events, timeout: timeout, by: &permit)
  }
}
