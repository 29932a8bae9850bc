internal import MetalCore
internal import Synchronization

extension Simulation {
  /// Lends the world to `body`: the one way in.
  ///
  /// A second thread that enters meanwhile stops the program.
  func enter<R: ~Copyable, E: Error>(_ body: (World) throws(E) -> R) throws(E) -> R {
    if isEntered.exchange(true, ordering: .acquiring) { stopForSecondThread() }
    defer { isEntered.store(false, ordering: .releasing) }
    return try body(world)
  }

  /// Lends the world to a call of a kernel, which may take time.
  ///
  /// - Parameter lettingOccur: Whether entries that are due run before the call. They do not before a change to a queue,
  ///   because the selector may make a change under a lock that an action would take.
  func enterCall(lettingOccur: Bool = true, _ body: (World) -> IOResult) -> IOResult {
    let result: IOResult? = enter { world in world.callCost == 0 ? body(world) : nil }
    if let result { return result }
    let now = enter { world in
      world.now = world.now.addingClamped(world.callCost)
      return world.now
    }
    if lettingOccur {
      while runNext(until: now) {}
    }
    return enter(body)
  }

  /// Runs the first entry that is scheduled up to a time, and sets the clock to its time first; returns whether there
  /// was one.
  ///
  /// The world must not be entered, because an action enters it.
  func runNext(until end: Int64) -> Bool {
    let step = enter { world in world.takeStep(until: end) }
    switch step {
    case .none: return false
    case .occurrence: return true
    case .action(let action):
      action.run()
      return true
    }
  }

  @inline(never)
  private func stopForSecondThread() -> Never {
    fatalError(
      "Two threads use the simulation with seed \(world.seed) at once. "
        + "Run a simulated program on one thread, and `schedule(after:)` what others would do.")
  }
}

extension World {
  /// What the first entry of the schedule has come to.
  enum Step {
    case none
    /// Something has occurred in the network or in a kernel.
    case occurrence
    /// An action is to be run outside of the world.
    case action(Schedule.Action)
  }

  /// Takes the first entry that is scheduled up to a time, and carries it out unless it is an action.
  func takeStep(until end: Int64) -> Step {
    guard let time = schedule.nextTime, time <= end, let work = schedule.takeFirst() else { return .none }
    if time > now {
      now = time
      idleCalls = 0
    }
    switch work {
    case .action(let action):
      // An action may schedule another for the same moment, and so on for ever.
      idleCalls += 1
      trace.note(.occurrence, "action", node: action.machine, now)
      return .action(action)
    case .occurrence(let occurrence):
      trace.note(.occurrence, "network", now)
      occurrence(self)
      return .occurrence
    }
  }
}
