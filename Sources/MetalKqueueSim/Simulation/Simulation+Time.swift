internal import MetalCore

extension Simulation {
  /// The simulated time since the beginning of the simulation.
  public var now: Duration { .nanoseconds(enter { world in world.now }) }

  /// Moves the clock forward, and runs all entries that are due until the new time.
  ///
  /// If more than ``mostIdleCalls`` actions run at one moment, this method stops the program.
  ///
  /// - Parameter duration: The time from now on, rounded up to nanoseconds.
  public func advance(by duration: Duration) {
    let end = enter { world in world.now.addingClamped(duration.wholeNanoseconds) }
    if !runScheduled(until: end) { stopForEndlessActions() }
    enter { world in
      world.now = max(world.now, end)
      world.noteProgress()
    }
  }

  // MARK: Actions

  /// Runs an action after a delay, in a poll's wait or in ``advance(by:)``.
  ///
  /// The action may call kernels, register sources, poll, and schedule actions. If the action waits, it delays the end
  /// of the wait that it interrupts. The action runs on no machine, so pass a kernel to each source in the action.
  /// ``Machine/schedule(after:_:)`` runs an action on a machine.
  ///
  /// The simulation keeps the action, with all that the action captures, until the action has run. An action that
  /// captures a machine keeps the simulation alive. ``removeScheduled()`` releases the actions that have not run.
  ///
  /// - Parameters:
  ///   - delay: The time from now on, rounded up to nanoseconds. With zero or less, the action runs in the next wait.
  ///   - action: The code to run.
  /// - Returns: An object that has the value or the error of the action once the action has run.
  /// - Complexity: O(log n) for n scheduled entries; allocates.
  @discardableResult
  public func schedule<Value: Sendable, Failure: Error>(
    after delay: Duration, _ action: @escaping @Sendable () throws(Failure) -> Value
  ) -> Scheduled<Value, Failure> {
    insert(after: delay, nil, action) { body in Machine.runUnbound(body) }
  }

  /// Inserts an action that `binding` runs on a machine or on none.
  func insert<Value: Sendable, Failure: Error>(
    after delay: Duration, _ host: Host?, _ action: @escaping @Sendable () throws(Failure) -> Value,
    _ binding: @escaping @Sendable (() -> Void) -> Void
  ) -> Scheduled<Value, Failure> {
    let scheduled = Scheduled<Value, Failure>()
    let bound = Schedule.Action(machine: host?.index ?? -1) { binding { scheduled.run(action) } }
    enter { world in
      let time = world.now.addingClamped(delay.wholeNanoseconds)
      world.schedule.insert(at: time, .action(bound), cause: world.cause)
    }
    return scheduled
  }

  /// Removes the actions that have not run, but no packets in flight.
  ///
  /// - Complexity: O(n log n) for n scheduled entries.
  public func removeScheduled() {
    enter { world in world.schedule.removeActions() }
  }

  // MARK: Costs and limits

  /// The time that passes before each call into a kernel, which is zero unless set.
  ///
  /// With a cost above zero, due entries run before the call, unless the call changes a registration. So a test can
  /// place a reset between a program's read and its write. If the time is negative, setting it stops the program.
  public var callCost: Duration {
    get { .nanoseconds(enter { world in world.callCost }) }
    set {
      guard newValue >= .zero else {
        fatalError("A call cannot take \(newValue). Give a cost of zero or more.")
      }
      let isPlain = newValue == .zero && !isConducted
      enter { world in (world.callCost, world.hasPlainCalls) = (newValue.wholeNanoseconds, isPlain) }
    }
  }

  /// The number of idle calls that the simulation accepts, which is 1,000,000 unless set.
  ///
  /// - If this number of polls in a row return at once, and nothing happens, the last poll throws `.deadlock`.
  /// - If this number of calls in a row would block, without a wait in between, the last call stops the program.
  /// - If more actions run at one moment, a wait throws `.deadlock`. Outside of a wait, the simulation stops the
  ///   program.
  /// - If the number is below 1, setting it stops the program.
  public var mostIdleCalls: Int {
    get { enter { world in world.mostIdleCalls } }
    set {
      guard newValue > 0 else {
        fatalError("A limit of \(newValue) idle calls would refuse every poll. Give a limit of 1 or more.")
      }
      enter { world in world.mostIdleCalls = newValue }
    }
  }
}
