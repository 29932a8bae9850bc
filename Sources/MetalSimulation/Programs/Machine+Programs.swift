public import MetalKqueueSim

/// The part that a program has in the length of a run.
public enum ProgramRole: Hashable, Sendable {
  /// The run lasts until the program has ended.
  case client
  /// The run lasts without the program, and ends it: a server that waits for clients for ever.
  case service
}

extension Machine {
  /// Starts a program whose end the run waits for.
  ///
  /// The program is any code with blocking polls, such as the event loop of a client. It has a thread of its own, and all
  /// programs of the simulation take turns: exactly one of them goes on, until it waits. It begins in
  /// `simulation.run()`; outside of that nothing moves. Sources and polls that it makes
  /// belong to this machine. Several programs of one machine are like its threads. A program that is started during the
  /// run, by another program or an action, takes part from then on.
  ///
  /// The thread runs a task that inherits the task-local values of the code that calls `run`, so that a failed expectation
  /// belongs to the test. A program that never runs is kept by the simulation, and keeps what it has captured.
  ///
  /// - Parameters:
  ///   - name: The program's name, for diagnoses; that of the machine unless given.
  ///   - body: The program. Once the run is over, its calls fail with `IOError.Kind.simulationEnded`.
  /// - Returns: The program, which has its result once it has ended.
  /// - Complexity: O(1); allocates.
  public func start<Value: Sendable, Failure: Error>(
    named name: String? = nil, _ body: @escaping @Sendable () throws(Failure) -> Value
  ) -> Program<Value> {
    insert(.client, name, failsRun: false, body)
  }

  /// Starts a program of a role, whose result a test need not ask for: if it fails, the run ends, and throws its error.
  ///
  /// It is otherwise as ``start(named:_:)``.
  ///
  /// - Complexity: O(1); allocates.
  @discardableResult
  public func start<Value: Sendable, Failure: Error>(
    _ role: ProgramRole, named name: String? = nil, _ body: @escaping @Sendable () throws(Failure) -> Value
  ) -> Program<Value> {
    insert(role, name, failsRun: true, body)
  }

  private func insert<Value: Sendable, Failure: Error>(
    _ role: ProgramRole, _ name: String?, failsRun: Bool,
    _ body: @escaping @Sendable () throws(Failure) -> Value
  ) -> Program<Value> {
    let run = simulation.programRun
    let core = ProgramCore(name ?? run.defaultName(on: self), self, role, failsRun: failsRun)
    let program = Program(core) { [self] () throws -> Value in try self.run(body) }
    run.insert(core)
    return program
  }
}
