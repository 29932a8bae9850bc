internal import MetalCore

extension Simulation {
  /// The time since the simulation's beginning.
  public var now: Duration { .nanoseconds(enter { world in world.now }) }

  /// Lets time pass without a `poll`, and runs everything that is scheduled until then.
  ///
  /// Actions that schedule each other for the same moment, without end, stop the program; ``mostIdleCalls`` is the limit.
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

  /// Runs an action when a time has passed: during the wait of a `poll`, or in ``advance(by:)``.
  ///
  /// The action may do anything that the program may: call kernels, register sources, poll, schedule. An action that
  /// waits makes the wait that it interrupts last longer. It runs on no machine, so that it names the kernel of each
  /// source that it makes; ``Machine/schedule(after:_:)`` schedules an action that runs on a machine.
  ///
  /// The action lives until it has run, with everything that it has captured. If it has captured a machine of the
  /// simulation, the simulation lives as long. ``removeScheduled()`` releases the actions that have not run.
  ///
  /// - Parameters:
  ///   - delay: The time from now on, rounded up to nanoseconds. With a delay of zero or less, the action runs as soon as
  ///     something waits.
  ///   - action: The code to run.
  /// - Returns: The result of the action, once it has run. An error of the action is in the result alone.
  /// - Complexity: O(log scheduled); allocates.
  @discardableResult
  public func schedule<Value: Sendable, Failure: Error>(
    after delay: Duration, _ action: @escaping @Sendable () throws(Failure) -> Value
  ) -> Scheduled<Value, Failure> {
    insert(after: delay, nil, action) { body in Machine.runUnbound(body) }
  }

  /// Inserts an action into the schedule, which `binding` then runs on a machine or on none.
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

  /// Drops the actions that have not run; packets that are on their way arrive all the same.
  ///
  /// - Complexity: O(scheduled).
  public func removeScheduled() {
    enter { world in world.schedule.removeActions() }
  }

  // MARK: Costs and limits

  /// The time that each call into a kernel takes before it does anything: zero unless set.
  ///
  /// With a cost, everything that is due occurs before the call, unless the call changes a registration. So a test can
  /// put a reset between a program's read and its write.
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

  /// The most times that a program may go on without anything happening: 1,000,000 unless set.
  ///
  /// - A poll throws `.deadlock` if as many polls before it have asked without waiting, and nothing has happened.
  /// - A call stops the program if as many calls in a row would block, without a wait in between.
  /// - If more actions run at one moment during one wait, that wait throws `.deadlock`. Outside of a wait, they stop the
  ///   program.
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
