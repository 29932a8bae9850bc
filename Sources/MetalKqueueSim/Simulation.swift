internal import MetalCore
internal import MetalKqueue
internal import Synchronization

/// A world in memory: machines with kernels, a network between them, and a clock that only waiting moves.
///
/// ```swift
/// let simulation = Simulation(seed: 1)
/// let node = simulation.node("server")
/// try node.run {
///   var poll = try Poll()                       // MetalCore.Poll<KqueueSimSelector>
///   …
/// }
/// ```
///
/// A program under test uses the library's polls and sources as ever, on a kernel of the simulation: ``node(_:)`` makes
/// one. Nothing in it asks the operating system for anything: no descriptor, no time, no chance. A `poll` that must wait
/// sets the clock forward to what occurs next, or to its own timeout, and returns; and the same program with the same
/// seed does the same, on every run, on every machine, in debug and in release.
///
/// A simulation is used by one thread at a time. Two threads that call into it at once stop the program.
///
/// `@unchecked Sendable`: the world is touched only between `enter()` and `leave()`, by the thread that has entered.
public final class Simulation: @unchecked Sendable {
  private let world: World
  private let isEntered = Atomic<Bool>(false)

  /// Makes an empty world.
  ///
  /// - Parameters:
  ///   - seed: What decides everything that is left open, such as the ports that the system chooses.
  ///   - profile: Which system the kernels are like.
  ///   - keepsRecords: Whether ``trace`` keeps its records, beside its digest.
  public init(seed: UInt64 = 0, profile: KernelProfile = .macOS, keepsRecords: Bool = false) {
    world = World(seed: seed, profile: profile, keepsRecords: keepsRecords)
  }

  deinit {
    world.tearDown()
  }

  /// The number that everything undecided is decided by.
  public var seed: UInt64 { world.seed }

  /// Which system the kernels are like.
  public var profile: KernelProfile { world.profile }

  // MARK: Nodes

  /// Adds a machine to the world, and returns its kernel.
  ///
  /// It has the loopback addresses, and one of each family on the network that all machines share: 10.0.0.1, 10.0.0.2
  /// and so on, fd00::1, fd00::2 and so on, in the order in which they are made.
  ///
  /// - Parameter name: The machine's name, for traces and diagnoses.
  /// - Complexity: O(1); allocates.
  public func node(_ name: String) -> SimulatedKernel {
    let world = enter()
    defer { leave() }
    guard world.nodes.count < 65_000 else {
      fatalError("The simulation has 65,000 machines, and no address is left for \"\(name)\". Make fewer.")
    }
    let node = Node(index: world.nodes.count, name: name, seed: world.seed, profile: world.profile)
    world.nodes.append(node)
    return SimulatedKernel(self, node)
  }

  /// Sets the time that anything takes from one machine to another, and back; it is zero unless set.
  ///
  /// With a latency of zero, what is sent arrives before the call returns. What is on its way keeps its order.
  ///
  /// - Parameters:
  ///   - first: A machine.
  ///   - second: Another, or the same for its loopback interface.
  ///   - latency: The time of one way, which must not be negative; rounded up to nanoseconds.
  public func setLatency(_ first: SimulatedKernel, _ second: SimulatedKernel, to latency: Duration) {
    guard latency >= .zero else {
      fatalError("A latency of \(latency) would end before it begins. Give a latency of zero or more.")
    }
    for kernel in [first, second] where kernel.simulation !== self {
      fatalError("The machine \"\(kernel.name)\" is of another simulation. Set its latency there.")
    }
    let world = enter()
    defer { leave() }
    world.setLatency(first.node.index, second.node.index, latency.wholeNanoseconds)
  }

  // MARK: Time

  /// The time since the simulation's beginning.
  public var now: Duration {
    let world = enter()
    defer { leave() }
    return .nanoseconds(world.now)
  }

  /// Runs an action when a time has passed: during the wait of a `poll`, or in ``advance(by:)``.
  ///
  /// It may do anything that the program may: call kernels, register sources, poll, schedule. An action that waits makes
  /// the wait that it interrupts last longer.
  ///
  /// - Parameters:
  ///   - delay: The time from now on; zero or less is as soon as something waits.
  ///   - action: What to do.
  /// The action, and what it captures, lives until it has run; if it has captured a machine of the simulation, so does the
  /// simulation. ``removeScheduled()`` lets go of what is not to run any more.
  ///
  /// - Complexity: O(log scheduled); allocates.
  public func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) {
    let world = enter()
    defer { leave() }
    world.schedule.insert(at: world.now.addingClamped(delay.wholeNanoseconds), .action(action))
  }

  /// The time that each call into a kernel takes before it does anything: zero unless set.
  ///
  /// With a cost, what is due occurs before the call, unless it changes a registration: so a test can have a connection reset, say, between a program's read
  /// and its write.
  public var callCost: Duration {
    get {
      let world = enter()
      defer { leave() }
      return .nanoseconds(world.callCost)
    }
    set {
      guard newValue >= .zero else {
        fatalError("A call cannot take \(newValue). Give a cost of zero or more.")
      }
      let world = enter()
      defer { leave() }
      world.callCost = newValue.wholeNanoseconds
    }
  }

  /// Forgets the actions that have not run; what is on its way between machines goes on.
  ///
  /// - Complexity: O(scheduled).
  public func removeScheduled() {
    let world = enter()
    defer { leave() }
    world.schedule.removeActions()
  }

  /// Lets time pass without a `poll`: runs what occurs until then.
  public func advance(by duration: Duration) {
    let end: Int64
    do {
      let world = enter()
      defer { leave() }
      end = world.now.addingClamped(duration.wholeNanoseconds)
    }
    while runNext(until: end) {}
    let world = enter()
    defer { leave() }
    world.now = max(world.now, end)
  }

  /// The most polls that may ask without waiting, with nothing happening meanwhile, before one throws
  /// `.deadlock`: 1,000,000 unless set.
  public var mostIdleCalls: Int {
    get {
      let world = enter()
      defer { leave() }
      return world.mostIdleCalls
    }
    set {
      guard newValue > 0 else {
        fatalError("A limit of \(newValue) idle calls would refuse every poll. Give a limit of 1 or more.")
      }
      let world = enter()
      defer { leave() }
      world.mostIdleCalls = newValue
    }
  }

  // MARK: What happened

  /// What has happened so far.
  public var trace: Trace {
    let world = enter()
    defer { leave() }
    return world.trace
  }

  /// What the wait that threw `.deadlock` last waited for; `nil` if none has.
  public var diagnosis: Diagnosis? {
    let world = enter()
    defer { leave() }
    return world.diagnosis
  }

  /// Makes the stream of numbers of a label, for a test's or a program's own draws.
  ///
  /// It depends on the seed and the label alone; two calls with one label give the same numbers.
  public func random(_ label: String) -> RandomStream {
    RandomStream(seed: world.seed, label: "program.\(label)")
  }
}

// MARK: - Entering

extension Simulation {
  /// Begins to use the world; `leave()` ends it.
  func enter() -> World {
    if isEntered.exchange(true, ordering: .acquiring) {
      fatalError(
        "Two threads use the simulation with seed \(world.seed) at once. "
          + "Run a simulated program on one thread, and `schedule(after:)` what others would do.")
    }
    return world
  }

  /// Begins a call into a kernel, which may take time; `leave()` ends it.
  ///
  /// - Parameter lettingOccur: Whether what is due occurs before the call. It does not before a change to a queue, which the
  ///   selector may make under a lock that an action would ask for.
  func enterCall(lettingOccur: Bool = true) -> World {
    let world = enter()
    guard world.callCost > 0 else { return world }
    world.now = world.now.addingClamped(world.callCost)
    guard lettingOccur else { return world }
    let now = world.now
    leave()
    while runNext(until: now) {}
    return enter()
  }

  /// Ends the use of the world.
  func leave() {
    isEntered.store(false, ordering: .releasing)
  }

  /// Runs the next thing that is scheduled up to a time, if there is any; the clock is set to its time first.
  ///
  /// The world must not be entered, since an action enters it.
  func runNext(until end: Int64) -> Bool {
    let entry: Schedule.Entry
    do {
      let world = enter()
      defer { leave() }
      guard let time = world.schedule.nextTime, time <= end else { return false }
      if time > world.now {
        world.now = time
        world.idleCalls = 0
      }
      guard let due = world.schedule.takeDue(at: world.now) else { return false }
      entry = due
      switch due.work {
      case .action:
        // An action may schedule another for the same moment, and so on for ever.
        world.idleCalls += 1
        world.trace.note(.occurrence, "action", world.now)
      case .occurrence(let occurrence):
        world.trace.note(.occurrence, "network", world.now)
        occurrence(world)
      }
    }
    if case .action(let action) = entry.work { action() }
    return true
  }
}
