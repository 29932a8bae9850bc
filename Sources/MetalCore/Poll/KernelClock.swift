/// The clock of a kernel, which measures the waits of its polls.
///
/// The clock shows real time on an operating system, and virtual time on a simulated kernel. Timers that a program
/// keeps on this clock run on a simulated kernel without a change. A poll's timeout is a `Duration`, so the time to the
/// nearest deadline is the timeout:
///
/// ```swift
/// let clock = KernelClock()
/// let deadline = clock.now.advanced(by: .seconds(30))
/// while clock.now < deadline {
///   try poll.wait(into: &events, timeout: clock.now.duration(to: deadline))  // a deadline that has passed: no wait
///   while let event = events.popFirst() { handle(event) }
/// }
/// ```
///
/// A wait never times out before its deadline. An event may end a wait before the deadline, so the loop compares the
/// clock with the deadline after every wait.
///
/// Except in Embedded Swift, the type conforms to `Clock`, so `measure(_:)` and `Task.sleep(until:clock:)` accept a
/// clock of this type.
///
/// While the machine is suspended, the clock stops on Linux and continues on macOS. On a simulated kernel, waiting
/// moves the clock, and reading the clock takes no time.
///
/// | Selector | Difference |
/// |---|---|
/// | epoll, poll(2), kqueue, AFD | real time, from a moment that the system chooses |
/// | kqueue on a simulated kernel | virtual time, from the beginning of the simulation |
///
/// Source: clock_gettime(2), `CLOCK_MONOTONIC`.
@frozen
public struct KernelClock<S: Selector>: Sendable {
  /// The kernel whose time this clock reads.
  public let kernel: S.K

  /// Makes a clock of a kernel.
  ///
  /// - Parameter kernel: The kernel whose time the clock reads. Use the kernel of the polls.
  /// - Complexity: O(1); no system call, no allocation.
  @inlinable public init(on kernel: S.K = .current) { self.kernel = kernel }

  /// The present moment, which is never earlier than a moment that the program has read before.
  ///
  /// - Complexity: O(1); no allocation, and on Linux no call into the kernel (vdso(7)).
  ///
  /// Source: clock_gettime(2), `CLOCK_MONOTONIC`.
  @inlinable public var now: Instant { Instant(nanoseconds: kernel.monotonicNanoseconds) }

  /// A moment on the clock of a kernel, in whole nanoseconds.
  ///
  /// A program must not compare the moments of two different kernels. The type distinguishes the kernels of two
  /// selectors, but not two simulated machines. The machines of one simulation share their time.
  @frozen
  public struct Instant: Comparable, Hashable, Sendable, BitwiseCopyable {
    /// The nanoseconds since the moment at which the kernel's clock began.
    public var nanoseconds: Int64

    /// Makes the moment that is `nanoseconds` after the moment at which the kernel's clock began.
    @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Returns the moment that is later by a duration, or earlier if the duration is negative.
    ///
    /// A fraction of a nanosecond is rounded up, so a deadline is never early. A result that 64 bits cannot hold
    /// becomes the first or the last moment that they can hold. The first moment and the last moment are each 292 years
    /// from the clock's beginning.
    ///
    /// - Complexity: O(1); no allocation.
    @inlinable
    public func advanced(by duration: Swift.Duration) -> Instant {
      let (whole, rest) = duration.attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
      return Instant(nanoseconds: Int64(clamping: Int128(nanoseconds) + whole + (rest > 0 ? 1 : 0)))
    }

    /// Returns the exact time from this moment to another moment, negative if the other moment is earlier.
    ///
    /// The time from now to a deadline is the timeout of a wait.
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

  /// Suspends the task until a moment on this clock.
  ///
  /// If the moment is in the past, the task goes on at once. Call this method in a task beside the loop. The loop
  /// itself waits in its poll, with a timeout.
  ///
  /// - Parameters:
  ///   - deadline: The earliest moment at which the task resumes.
  ///   - tolerance: The longest extra delay that the task accepts, beyond the system's own delay. With `nil` the
  ///     system chooses the time.
  /// - Throws: `CancellationError` if the task is cancelled, before the call or during the sleep.
  /// - Complexity: O(days of sleep); the standard library may allocate.
  ///
  /// | Selector | Difference |
  /// |---|---|
  /// | epoll, poll(2), kqueue, AFD | the task sleeps in real time |
  /// | kqueue on a simulated kernel | the call stops the program: only a wait of a poll lets virtual time pass |
  ///
  /// Source: clock_gettime(2), `CLOCK_MONOTONIC`; SE-0329.
  public func sleep(until deadline: Instant, tolerance: Swift.Duration? = nil) async throws {
    kernel.requireRealTime()
    try Task.checkCancellation()
    // `ContinuousClock` also counts the time while the machine is suspended, but this clock may stop. One sleep may
    // therefore end early, but never late. If a sleep ends early, the loop sleeps again. Every runtime can compute a
    // deadline that is at most a day ahead.
    while case let rest = now.duration(to: deadline), rest > .zero {
      try await ContinuousClock().sleep(for: min(rest, .seconds(86_400)), tolerance: tolerance)
    }
  }
}
#endif
