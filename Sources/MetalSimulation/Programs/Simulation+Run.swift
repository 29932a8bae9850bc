public import MetalKqueueSim
internal import MetalCore

extension Simulation {
  /// Runs the started programs until all programs that are not services have ended.
  ///
  /// The programs take turns. If no program can continue, the clock moves to the next scheduled entry or to the next
  /// timeout. At the end, the run ends the programs that still wait: their calls fail with
  /// `IOError.Kind.simulationEnded`. After `run` returns, only the threads of ``RunError/parked`` programs remain. A
  /// simulation runs once. A second run stops the process. A run inside a program or an action also stops the process.
  ///
  /// A program must not sleep, wait for a lock or compute for long, because all other programs wait for the end of its
  /// turn. If a program holds its turn too long, the run reports its name and last call on the standard error within
  /// four seconds.
  ///
  /// - Parameters:
  ///   - limit: The longest time that may pass on the simulation's clock.
  ///   - turns: The order of turns. The default is the order of the simulated test, or ``Turns/Order/inTurn`` outside
  ///     of a simulated test.
  /// - Throws: A ``RunError`` of one of these kinds if the run ends early. ``RunError/Kind/deadlock`` if no program can
  ///   continue and nothing is scheduled. ``RunError/Kind/livelock`` if no time passes. ``RunError/Kind/timeLimit`` if
  ///   the programs need more time than `limit`. ``RunError/Kind/programFailed`` if a program with a role throws.
  ///   ``RunError/Kind/parked`` if programs ignore the end of the run. The error of a program without a role is in its
  ///   result: ``Program/get()``.
  /// - Complexity: The cost of the programs. Each program costs a thread, and each change of the turn costs two system
  ///   calls.
  public func run(atMost limit: Duration = .seconds(3_600), turns: Turns? = nil) throws(RunError) {
    try programRun.run(atMost: limit, turns ?? programRun.defaultTurns)
  }

  /// Sets the options of a run inside a test.
  ///
  /// - Parameters:
  ///   - turns: The order of turns for a run without an explicit order.
  ///   - whenProgramBegins: Code that runs first in the thread of each program. The thread keeps the result until the
  ///     program has ended.
  package func prepareRun(turns: Turns, whenProgramBegins: @escaping @Sendable () -> (any Sendable)?) {
    programRun.defaultTurns = turns
    programRun.whenProgramBegins = whenProgramBegins
  }

  /// The programs of the simulation.
  var programRun: ProgramRun {
    if let run = conductor as? ProgramRun { return run }
    let run = ProgramRun(self)
    conductor = run
    return run
  }
}
