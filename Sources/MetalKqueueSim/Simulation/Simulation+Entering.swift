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
    if lettingOccur, !runScheduled(until: now) { stopForEndlessActions() }
    return enter(body)
  }

  /// Runs the entries that are scheduled up to a time, or up to the present if that is `nil`, and sets the clock to the
  /// time of each; returns whether they have come to an end.
  ///
  /// They do not if actions schedule each other for the same moment. The world must not be entered, because an action
  /// enters it.
  func runScheduled(until end: Int64?) -> Bool {
    var moment = Int64.min
    var actions = 0
    while true {
      let (step, now, limit) = enter { world in
        (world.takeStep(until: end ?? world.now), world.now, world.mostIdleCalls)
      }
      switch step {
      case .none: return true
      case .occurrence: break
      case .action(let action, let previous):
        if now > moment { (moment, actions) = (now, 0) }
        // The count is of this loop, so that whatever an action does cannot begin it anew.
        actions += 1
        action.run()
        enter { world in world.trace.cause = previous }
        if actions > limit { return false }
      }
    }
  }

  @inline(never)
  func stopForEndlessActions() -> Never {
    fatalError(
      "More than \(world.mostIdleCalls) actions have run at \(Duration.nanoseconds(world.now).milliseconds), seed "
        + "\(world.seed), because actions schedule each other for the same moment. Schedule the next one for a later time."
    )
  }

  @inline(never)
  private func stopForSecondThread() -> Never {
    fatalError(
      "Two threads use the simulation with seed \(world.seed) at once. "
        + "Run a simulated program on one thread, and `schedule(after:)` what others would do.")
  }
}
