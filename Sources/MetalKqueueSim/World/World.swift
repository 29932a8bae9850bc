internal import MetalCore

/// The one owner of a simulation's state: the clock, the schedule, the network and the machines' kernels.
final class World {
  let seed: UInt64
  let profile: KernelProfile

  /// Nanoseconds since the beginning.
  var now: Int64 = 0
  /// Nanoseconds that each call takes.
  var callCost: Int64 = 0
  /// Whether a call takes no time, and no conductor is asked before it.
  var hasPlainCalls = true
  var schedule = Schedule()
  var trace: Trace
  /// The cause of the records that follow; apart from the trace, an access to which is checked at run time.
  var cause = TraceRecord.Cause.program
  /// The kernels of the machines, by the machines' numbers.
  private(set) var kernels: [KernelState] = []
  /// The names of the machines, which are unique.
  private var names: Set<String> = []

  var network = Network()
  /// Whether a latency was ever set, or latencies are drawn.
  ///
  /// This and the next are apart from the network: they are asked for each packet, and an access to the network is
  /// checked at run time.
  var hasLatencies = false
  /// Whether a machine is or was out of reach.
  var hadOutage = false

  /// The number of polls since something happened last: an occurrence, a byte, a wake, a change.
  var idlePolls = 0
  /// The number of calls that would block since something happened, or the program waited.
  private(set) var blockedCalls = 0
  /// The number of such polls or calls that counts as an error.
  var mostIdleCalls = 1_000_000

  /// The number of programs that wait for a time while others go on.
  var sleepersWithDeadline = 0

  var diagnosis: Diagnosis?

  init(seed: UInt64, profile: KernelProfile, keeping retention: Trace.Retention) {
    self.seed = seed
    self.profile = profile
    trace = Trace(seed: seed, profile: profile.name, keeping: retention)
  }

  // MARK: Machines

  /// Adds a machine; `nil` if there is one of this name.
  func addHost(_ name: String) -> Host? {
    guard names.insert(name).inserted else { return nil }
    let host = Host(index: kernels.count, name: name)
    let kernel = KernelState(host, seed: seed, profile: profile)
    // By way of a variable, since accesses to a property that is appended to in place are checked at run time.
    var all = kernels
    kernels = []
    all.append(kernel)
    kernels = all
    trace.machines.append(name)
    return host
  }

  // MARK: Progress

  /// Begins to count anew: something has happened, or time has passed.
  func noteProgress() {
    idlePolls = 0
    blockedCalls = 0
  }

  /// The program waits, so that a call that would block may succeed afterwards.
  func noteWait() { blockedCalls = 0 }

  /// Counts a call that would block; returns whether the program makes such calls without end.
  func isBlockedForGood() -> Bool {
    // If calls take time, what is scheduled occurs by and by.
    if callCost > 0, !schedule.isEmpty { return false }
    blockedCalls += 1
    return blockedCalls >= mostIdleCalls
  }

  /// Releases everything, so that objects which refer to each other are freed.
  func tearDown() {
    schedule.removeAll()
    network.lost.queues.removeAll()
    for kernel in kernels { kernel.tearDown() }
  }
}

extension Int64 {
  /// The sum with a number that is not negative, or the largest number.
  package func addingClamped(_ other: Int64) -> Int64 {
    let (sum, overflowed) = addingReportingOverflow(other)
    return overflowed ? .max : sum
  }
}
