internal import MetalCore

/// Owns the state of a simulation: the clock, the schedule, the network and the machines' kernels.
final class World {
  let seed: UInt64
  let profile: KernelProfile

  /// The nanoseconds since the beginning.
  var now: Int64 = 0
  /// The nanoseconds that each call takes.
  var callCost: Int64 = 0
  /// Whether a call takes no time and does not ask a conductor.
  var hasPlainCalls = true
  var schedule = Schedule()
  var trace: Trace
  /// The cause of the next records, outside of the trace to avoid a run-time check.
  var cause = TraceRecord.Cause.program
  /// The kernels of the machines, by the machines' numbers.
  private(set) var kernels: [KernelState] = []
  /// The names of the machines, which are unique.
  private var names: Set<String> = []

  var network = Network()
  /// Whether a test has set a latency, or the seed decides latencies.
  ///
  /// This flag and `hadOutage` are outside of `network`, because Swift checks accesses to `network` at run time.
  var hasLatencies = false
  /// Whether a machine is or was out of reach.
  var hadOutage = false

  /// The number of polls since the last progress: an occurrence, a byte, a wake or a change.
  var idlePolls = 0
  /// The number of calls that would block since the last progress or the last wait.
  private(set) var blockedCalls = 0
  /// The number of idle polls or blocked calls that is an error.
  var mostIdleCalls = 1_000_000

  /// The number of programs that wait with a deadline while other programs go on.
  var sleepersWithDeadline = 0

  var diagnosis: Diagnosis?

  init(seed: UInt64, profile: KernelProfile, keeping retention: Trace.Retention) {
    self.seed = seed
    self.profile = profile
    trace = Trace(seed: seed, profile: profile.name, keeping: retention)
  }

  // MARK: Machines

  /// Adds a machine, unless another machine has the name.
  func addHost(_ name: String) -> Host? {
    guard names.insert(name).inserted else { return nil }
    let host = Host(index: kernels.count, name: name)
    let kernel = KernelState(host, seed: seed, profile: profile)
    // Appending to a local variable avoids the run-time check of an append to the property.
    var all = kernels
    kernels = []
    all.append(kernel)
    kernels = all
    trace.machines.append(name)
    return host
  }

  // MARK: Progress

  /// Resets both counts, because something has happened or time has passed.
  func noteProgress() {
    idlePolls = 0
    blockedCalls = 0
  }

  /// Resets the count of blocked calls, because a call that would block may succeed after a wait.
  func noteWait() { blockedCalls = 0 }

  /// Counts a call that would block.
  ///
  /// - Returns: Whether the count has reached the limit.
  func isBlockedForGood() -> Bool {
    // If calls take time, the clock reaches the scheduled entries.
    if callCost > 0, !schedule.isEmpty { return false }
    blockedCalls += 1
    return blockedCalls >= mostIdleCalls
  }

  /// Releases all objects, including objects that refer to each other.
  func tearDown() {
    schedule.removeAll()
    network.lost.queues.removeAll()
    for kernel in kernels { kernel.tearDown() }
  }
}

extension Int64 {
  /// Returns the sum with a number that is not negative, or the largest number on overflow.
  package func addingClamped(_ other: Int64) -> Int64 {
    let (sum, overflowed) = addingReportingOverflow(other)
    return overflowed ? .max : sum
  }
}
