import MetalCore
import Testing

// Embedded Swift has no tasks for bare metal.
#if !hasFeature(Embedded)
@Suite("TIME: sleeping on the clock of a kernel", .backend)
struct KernelClockSleepTests {
  private let clock = KernelClock()

  @Test("TIME-04 A task sleeps until a moment, and not less", arguments: [nil, .zero, .milliseconds(1)] as [Duration?])
  func sleeps(tolerance: Duration?) async throws {
    let deadline = clock.now.advanced(by: .milliseconds(20))
    try await clock.sleep(until: deadline, tolerance: tolerance)
    #expect(clock.now >= deadline)
    let taken = try await clock.measure {
      try await Task.sleep(for: .milliseconds(2), tolerance: tolerance, clock: clock)
    }
    #expect(taken >= .milliseconds(2))
  }

  @Test("TIME-04 A moment that has passed suspends nothing")
  func passed() async throws {
    try await clock.sleep(until: KernelClock.Instant(nanoseconds: .min))
    try await clock.sleep(until: clock.now)
  }

  @Test("TIME-04 A task that is cancelled does not sleep on, however far the moment is", arguments: [year, .max])
  func cancelled(nanoseconds: Int64) async {
    let deadline = clock.now.advanced(by: .nanoseconds(nanoseconds))
    let task = Task { [clock] in try await clock.sleep(until: deadline) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  private static let year: Int64 = 365 * 86_400 * 1_000_000_000

  @Test("TIME-04 A task that was cancelled before learns it, although the moment has passed")
  func cancelledBefore() async {
    let task = Task { [clock] in
      // Safety: the task is used in the closure alone.
      unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
      try await clock.sleep(until: clock.now)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
#endif
