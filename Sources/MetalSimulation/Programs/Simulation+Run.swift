public import MetalKqueueSim
internal import MetalCore

extension Simulation {
  /// Runs the programs that were started, until all that are not services have ended.
  ///
  /// The programs take turns. When none can go on, the clock moves to what is scheduled next, or to the next timeout. The
  /// programs that still wait at the end are ended: their calls fail with `IOError.Kind.simulationEnded`. When
  /// the run returns, no thread is left but those of ``RunError/parked`` programs. A simulation runs once: a second run
  /// stops the process, and so does one by a program or an action.
  ///
  /// A program that holds its turn outside of the library, for example by sleeping or by waiting for a lock, stops all
  /// others. After four seconds at most, a sentence on the standard error names it, and its last call.
  ///
  /// - Parameters:
  ///   - limit: The longest time that may pass in the simulation.
  ///   - turns: The order in which the programs go on: unless given, that of a simulated test, and otherwise in turn.
  /// - Throws: ``RunError``, with the reason why the run has not gone to its end. The error of a program that was
  ///   started without a role is in its result: ``Program/get()``.
  /// - Complexity: That of the programs; a turn that passes costs two system calls, and a program a thread.
  public func run(atMost limit: Duration = .seconds(3_600), turns: Turns? = nil) throws(RunError) {
    try programRun.run(atMost: limit, turns ?? programRun.defaultTurns)
  }

  /// Sets the options of a run that a test makes.
  ///
  /// - Parameters:
  ///   - turns: The order of turns of a run that names none.
  ///   - whenProgramBegins: Code that the thread of each program runs first. Its result is kept until the program has ended.
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
