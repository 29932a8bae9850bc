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
