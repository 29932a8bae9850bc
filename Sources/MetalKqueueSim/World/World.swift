internal import MetalCore

/// The one owner of all that a simulation holds: the clock, what is scheduled, the machines and what is open on them.
final class World {
  let seed: UInt64
  let profile: KernelProfile

  /// Nanoseconds since the beginning.
  var now: Int64 = 0
  /// Nanoseconds that each call takes.
  var callCost: Int64 = 0
  var schedule = Schedule()
  var trace: Trace
  /// The kernels of the machines, by the machines' numbers.
  private(set) var kernels: [KernelState] = []
  /// The names of the machines, which are unique.
  private var names: Set<String> = []

  /// The latency between pairs of machines, in nanoseconds; zero where none was set.
  private var latencies: [Pair: Int64] = [:]

  /// The number of calls since something has last happened: an occurrence, a byte, an event, a change.
  var idleCalls = 0
  /// How many of them there may be before that counts as an error.
  var mostIdleCalls = 1_000_000

  var diagnosis: Diagnosis?

  struct Pair: Hashable {
    let first: Int
    let second: Int
  }

  init(seed: UInt64, profile: KernelProfile, keepsRecords: Bool) {
    self.seed = seed
    self.profile = profile
    trace = Trace(seed: seed, profile: profile.name, keepsRecords: keepsRecords)
  }

  // MARK: Machines

  /// Adds a machine; `nil` if there is one of this name.
  func addHost(_ name: String) -> Host? {
    guard names.insert(name).inserted else { return nil }
    let host = Host(index: kernels.count, name: name)
    kernels.append(KernelState(host, seed: seed, profile: profile))
    return host
  }

  // MARK: The network

  func latency(_ source: KernelState, _ target: KernelState) -> Int64 {
    if latencies.isEmpty { return 0 }
    return latencies[Pair(first: source.host.index, second: target.host.index)] ?? 0
  }

  func setLatency(_ source: Int, _ target: Int, _ nanoseconds: Int64) {
    latencies[Pair(first: source, second: target)] = nanoseconds
    latencies[Pair(first: target, second: source)] = nanoseconds
  }

  /// Has something occur at another machine, when it has travelled there, and not before what was sent earlier on the
  /// same way; at once if the way takes no time.
  func transmit(
    from source: KernelState, to target: KernelState, after way: Way, _ arrival: @escaping (World) -> Void
  ) {
    let time = max(now.addingClamped(latency(source, target)), way.arrival)
    guard time > now || way.isInUse else { return arrival(self) }
    way.arrival = time
    way.inFlight += 1
    schedule.insert(
      at: time,
      .occurrence { world in
        way.inFlight -= 1
        arrival(world)
      })
  }

  /// Has something occur later.
  func after(_ nanoseconds: Int64, _ occurrence: @escaping (World) -> Void) {
    schedule.insert(at: now.addingClamped(nanoseconds), .occurrence(occurrence))
  }

  /// The kernel of the machine that has an address; `nil` if no machine has it.
  func kernel(with address: IPv4Address) -> KernelState? {
    // Nodes are numbered, and so are their addresses.
    let number = Int(address.rawValue) - Int(Host.firstAddress)
    return kernels.indices.contains(number) ? kernels[number] : nil
  }

  func kernel(with address: IPv6Address) -> KernelState? {
    guard address.high == Host.networkV6, address.low > 0, address.low <= UInt64(kernels.count) else {
      return nil
    }
    return kernels[Int(address.low) - 1]
  }

  /// Lets go of everything, so that objects which refer to each other are freed.
  func tearDown() {
    schedule.removeAll()
    for kernel in kernels { kernel.tearDown() }
  }
}

/// The order of what goes from one end to another.
///
/// It is an object, since what arrives at once may send something itself.
final class Way {
  /// When what was sent last arrives.
  var arrival: Int64 = 0
  /// The number of things on their way.
  ///
  /// What is due at this moment may not have occurred yet, so that the time of arrival alone does not tell.
  var inFlight = 0

  var isInUse: Bool { inFlight > 0 }
}

extension Int64 {
  /// The sum with a number that is not negative, or the largest number.
  func addingClamped(_ other: Int64) -> Int64 {
    let (sum, overflowed) = addingReportingOverflow(other)
    return overflowed ? .max : sum
  }
}
