/// The clock of a kernel, on which polls wait: real time on an operating system, virtual time on a simulated kernel.
///
/// Timers that a program keeps on this clock run on a simulated kernel without a change. A poll's timeout is a
/// `Duration`, so the distance to the nearest deadline is the timeout:
///
/// ```swift
/// let clock = KernelClock()
/// let deadline = clock.now.advanced(by: .seconds(30))
/// while clock.now < deadline {
///   try poll.wait(into: &events, timeout: clock.now.duration(to: deadline))  // a deadline that has passed: no wait
///   while let event = events.popFirst() { … }
/// }
/// ```
///
/// A poll never ends with its timeout before the deadline. An event that comes first ends the poll, so the loop looks
/// at the clock after every wait.
///
/// Except in Embedded Swift, the type conforms to `Clock`, so `measure(_:)` and `Task.sleep(until:clock:)` take it.
///
/// | Selector | What differs |
/// |---|---|
/// | epoll, poll(2), kqueue | real time from a moment that the system chooses; on Linux it stands still while the machine is suspended, on macOS it goes on |
/// | kqueue on a simulated kernel | virtual time from the simulation's beginning; waiting moves it, and reading it takes no time |
///
/// Source: clock_gettime(2), `CLOCK_MONOTONIC`.
@frozen
public struct KernelClock<S: Selector>: Sendable {
  /// The kernel whose time this clock reads.
  public let kernel: S.K

  /// Makes a clock of a kernel.
  ///
  /// - Parameter kernel: The kernel whose time it reads; that of the polls.
  /// - Complexity: O(1); no system call, no allocation.
  @inlinable public init(on kernel: S.K = .current) { self.kernel = kernel }

  /// The present moment, in nanoseconds; never earlier than one that was read before.
  ///
  /// - Complexity: O(1); no allocation, and on Linux no call into the kernel (vdso(7)).
  ///
  /// Source: clock_gettime(2), `CLOCK_MONOTONIC`.
  @inlinable public var now: Instant { Instant(nanoseconds: kernel.monotonicNanoseconds) }

  /// A moment on the clock of a kernel, in whole nanoseconds.
  ///
  /// Moments of two kernels have nothing in common. The type tells the kernels of two selectors apart, and not two
  /// simulated machines: those of one simulation share their time.
  @frozen
  public struct Instant: Comparable, Hashable, Sendable, BitwiseCopyable {
    /// The nanoseconds since the moment at which the kernel's clock began.
    public var nanoseconds: Int64

    /// Makes the moment that is a number of nanoseconds after the one at which the kernel's clock began.
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Returns the moment that is later by a duration, or earlier if the duration is negative.
    ///
    /// A fraction of a nanosecond is rounded up, so a deadline is never early. If 64 bits do not hold the result, it
    /// is the first or the last moment that they hold, which are 292 years from the clock's beginning.
    ///
    /// - Complexity: O(1); no allocation.
    @inlinable
    public func advanced(by duration: Swift.Duration) -> Instant {
      let (whole, rest) = duration.attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
      return Instant(nanoseconds: Int64(clamping: Int128(nanoseconds) + whole + (rest > 0 ? 1 : 0)))
    }

    /// Returns the exact time from this moment to another one, which is negative if the other one is earlier.
    ///
    /// To a deadline it is a poll's timeout.
    ///
    /// - Complexity: O(1); no allocation.
    @inlinable
    public func duration(to other: Instant) -> Swift.Duration {
      Swift.Duration(attoseconds: (Int128(other.nanoseconds) - Int128(nanoseconds)) * 1_000_000_000)
    }

    /// Returns whether one moment is earlier than another.
    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
  }
}

#if !hasFeature(Embedded)
extension KernelClock.Instant: InstantProtocol {
  /// The type of the time between two moments.
  public typealias Duration = Swift.Duration
}

extension KernelClock: Clock {
  /// The type of the time between two moments.
  public typealias Duration = Swift.Duration

  /// The finest step between two moments: a nanosecond.
  @inlinable public var minimumResolution: Swift.Duration { .nanoseconds(1) }

  /// Suspends the task until a moment on this clock; a moment that has passed suspends nothing.
  ///
  /// It is for a task beside the loop. A loop waits in its poll, with a timeout.
  ///
  /// - Parameters:
  ///   - deadline: The moment before which the task does not go on.
  ///   - tolerance: How much later the task may go on, beside what the system needs to schedule it; `nil` leaves it to
  ///     the system.
  /// - Throws: `CancellationError` if the task is cancelled, before the call or during the sleep.
  /// - Complexity: O(1), and once more for each day; the standard library may allocate.
  ///
  /// | Selector | What differs |
  /// |---|---|
  /// | epoll, poll(2), kqueue | the task sleeps in real time |
  /// | kqueue on a simulated kernel | stops the program: virtual time passes in a poll's wait alone |
  ///
  /// Source: clock_gettime(2), `CLOCK_MONOTONIC`; SE-0329.
  public func sleep(until deadline: Instant, tolerance: Swift.Duration? = nil) async throws {
    kernel.requireRealTime()
    try Task.checkCancellation()
    // `ContinuousClock` also counts the time of a machine that is suspended, which this clock may not. So a sleep may
    // end early, and never late. A day is short enough for every way in which a runtime computes a deadline.
    while case let rest = now.duration(to: deadline), rest > .zero {
      try await ContinuousClock().sleep(for: min(rest, .seconds(86_400)), tolerance: tolerance)
    }
  }
}
#endif
