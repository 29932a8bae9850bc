public import MetalKqueueSim

/// The role of a program in a run.
public enum ProgramRole: Hashable, Sendable {
  /// The run waits for the end of the program.
  case client
  /// The run ends the program without waiting for it, such as a server that waits for clients without end.
  case service
}

extension Machine {
  /// Starts a program on this machine.
  ///
  /// The run waits for the end of the program. A program is any code with blocking polls, such as the event loop of a
  /// client. Each program has its own thread. The programs of a simulation take turns: exactly one of them runs at a
  /// time, until it waits. A program begins when `simulation.run()` runs, and advances only inside that call. The
  /// sources and polls that a program makes belong to the machine of the program. Several programs of a machine behave
  /// like threads of that machine. A program or an action may start further programs during the run.
  ///
  /// The thread of a program runs a task that inherits the task-local values of the code that calls `run`. Therefore a
  /// failed expectation in a program belongs to the test. If a program never runs, the simulation keeps the program and
  /// its captured values.
  ///
  /// If a program that this method started throws, the run continues, and ``Program/get()`` throws the error. After the
  /// end of the run, a call of this method stops the process.
  ///
  /// - Parameters:
  ///   - name: The name of the program, for diagnoses. The default is the name of the machine, with a number for a
  ///     further program.
  ///   - body: The code of the program. After the end of the run, the calls of a program fail with
  ///     `IOError.Kind.simulationEnded`.
  /// - Returns: The program, which has a result after its end.
  /// - Complexity: O(programs of the simulation); allocates.
  public func start<Value: Sendable, Failure: Error>(
    named name: String? = nil, _ body: @escaping @Sendable () throws(Failure) -> Value
  ) -> Program<Value> {
    insert(.client, name, failsRun: false, body)
  }

  /// Starts a program with a role.
  ///
  /// If the program throws, the run ends and throws a ``RunError``. Use this method for a program if the test does not
  /// need its result. In all other respects, the method behaves like ``start(named:_:)``.
  ///
  /// - Parameters:
  ///   - role: `.client` if the run waits for the end of the program, otherwise `.service`.
  ///   - name: The name of the program, for diagnoses. The default is the name of the machine, with a number for a
  ///     further program.
  ///   - body: The code of the program. After the end of the run, the calls of a program fail with
  ///     `IOError.Kind.simulationEnded`.
  /// - Returns: The program, which has a result after its end.
  /// - Complexity: O(programs of the simulation); allocates.
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
