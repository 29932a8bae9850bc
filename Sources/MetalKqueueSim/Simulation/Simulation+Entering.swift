internal import MetalCore
internal import Synchronization

extension Simulation {
  /// Lends the world to `body`.
  ///
  /// No other function lends the world. If a second thread enters meanwhile, or a thread enters without the turn, this
  /// method stops the program.
  func enter<R: ~Copyable, E: Error>(_ body: (World) throws(E) -> R) throws(E) -> R {
    let found = door.exchange(Door.closed, ordering: .acquiring)
    if found != Door.open { requireTurn(found) }
    defer { door.store(found, ordering: .releasing) }
    return try body(world)
  }

  /// The states of the door.
  enum Door {
    static var open: UInt8 { 0 }
    /// A thread is inside.
    static var closed: UInt8 { 1 }
    /// A conductor decides which thread may enter.
    static var guarded: UInt8 { 2 }
  }

  /// Whether programs on threads of their own take turns.
  var isConducted: Bool { door.load(ordering: .relaxed) == Door.guarded }

  @inline(never)
  private func requireTurn(_ found: UInt8) {
    guard found == Door.guarded, let conductor else { stopForSecondThread() }
    conductor.requireTurn()
  }

  /// Lends the world to a call of a machine's kernel.
  ///
  /// - Parameter lettingOccur: Whether due entries and other programs may run before the call. A call with changes to a
  ///   queue passes `false`, because the selector may hold a lock that the other code needs.
  func enterCall(
    _ name: Call, _ descriptor: Int32, on machine: Int, lettingOccur: Bool = true, _ body: (World) -> IOResult
  ) -> IOResult {
    let result: IOResult? = enter { world in world.hasPlainCalls ? body(world) : nil }
    if let result { return result }
    return mayBegin(name, descriptor, machine, lettingOccur) ? enter(body) : .failure(.canceled)
  }

  /// Asks the conductor to admit a call, and adds the cost of the call to the clock.
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

  /// Runs the entries that are due until a time, or until now for `nil`.
  ///
  /// The clock shows the time of each entry. The result is `false` if actions schedule each other for one moment
  /// without end. The caller must be outside of the world.
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
        // The count belongs to this loop, so no action can reset the count.
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
        + "Run a simulated program on one thread, and replace the other threads by `schedule(after:)`.")
  }
}
