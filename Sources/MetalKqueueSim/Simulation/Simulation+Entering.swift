internal import MetalCore
internal import Synchronization

extension Simulation {
  /// Lends the world to `body`: the one way in.
  ///
  /// A second thread that enters meanwhile stops the program, and so does one that does not have the turn.
  func enter<R: ~Copyable, E: Error>(_ body: (World) throws(E) -> R) throws(E) -> R {
    let found = door.exchange(Door.closed, ordering: .acquiring)
    if found != Door.open { requireTurn(found) }
    defer { door.store(found, ordering: .releasing) }
    return try body(world)
  }

  /// The states of the way in.
  enum Door {
    static var open: UInt8 { 0 }
    /// A thread is inside.
    static var closed: UInt8 { 1 }
    /// A conductor says who may enter.
    static var guarded: UInt8 { 2 }
  }

  /// Whether programs on threads of their own take turns.
  var isConducted: Bool { door.load(ordering: .relaxed) == Door.guarded }

  @inline(never)
  private func requireTurn(_ found: UInt8) {
    guard found == Door.guarded, let conductor else { stopForSecondThread() }
    conductor.requireTurn()
  }

  /// Lends the world to a call of a machine's kernel, which may take time.
  ///
  /// - Parameter lettingOccur: Whether entries that are due run before the call, or other programs go on. They do not
  ///   before a change to a queue, because the selector may make a change under a lock that they would take.
  func enterCall(
    _ name: Call, _ descriptor: Int32, on machine: Int, lettingOccur: Bool = true, _ body: (World) -> IOResult
  ) -> IOResult {
    let result: IOResult? = enter { world in world.hasPlainCalls ? body(world) : nil }
    if let result { return result }
    return mayBegin(name, descriptor, machine, lettingOccur) ? enter(body) : .failure(.canceled)
  }

  /// Asks the conductor for a call, and lets it take its time; returns whether it may be made.
  @inline(never)
  private func mayBegin(_ name: Call, _ descriptor: Int32, _ machine: Int, _ mayPass: Bool) -> Bool {
    if isConducted, let conductor, !conductor.mayBegin(name, descriptor, on: machine, mayPass: mayPass) { return false }
    let (cost, now) = enter { world in
      world.now = world.now.addingClamped(world.callCost)
      return (world.callCost, world.now)
    }
    if cost > 0, mayPass, !runScheduled(until: now) { stopForEndlessActions() }
    return true
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
        let conductor = isConducted ? conductor : nil
        conductor?.enterAction()
        action.run()
        conductor?.leaveAction()
        enter { world in world.cause = previous }
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
