public import MetalKqueueSim

/// The role of a program in a run.
public enum ProgramRole: Hashable, Sendable {
  /// The run waits for the end of the program.
  case client
  /// The run does not wait for the program, and ends it: a server that waits for clients without end.
  case service
}

extension Machine {
  /// Starts a program on this machine; the run waits for its end.
  ///
  /// A program is any code with blocking polls, such as the event loop of a client. Each program has its own thread.
  /// The programs of a simulation take turns: exactly one of them runs at a time, until it waits. A program begins when
  /// `simulation.run()` runs, and advances only inside that call. The sources and polls that a program makes belong to
  /// this machine. Several programs of a machine behave like its threads. A program or an action may start further
  /// programs during the run.
  ///
  /// The thread runs a task that inherits the task-local values of the code that calls `run`. So a failed expectation
  /// belongs to the test. If a program never runs, the simulation keeps the program and its captured values.
  ///
  /// If a program with this form throws, the run continues, and ``Program/get()`` throws the error. After the end of
  /// the run, this method stops the process.
  ///
  /// - Parameters:
  ///   - name: The name of the program, for diagnoses. The default is the name of the machine, with a number for a
  ///     further program.
  ///   - body: The code of the program. After the end of the run, its calls fail with `IOError.Kind.simulationEnded`.
  /// - Returns: The program, which has a result after its end.
  /// - Complexity: O(programs of the simulation); allocates.
  public func start<Value: Sendable, Failure: Error>(
    named name: String? = nil, _ body: @escaping @Sendable () throws(Failure) -> Value
  ) -> Program<Value> {
    insert(.client, name, failsRun: false, body)
  }

  /// Starts a program with a role; if the program throws, the run ends and throws a ``RunError``.
  ///
  /// Use this form for a program if the test does not ask for its result. Otherwise the method behaves like
  /// ``start(named:_:)``.
  ///
  /// - Parameters:
  ///   - role: `.client` if the run waits for the end of the program, `.service` if it does not.
  ///   - name: The name of the program, for diagnoses. The default is the name of the machine, with a number for a
  ///     further program.
  ///   - body: The code of the program. After the end of the run, its calls fail with `IOError.Kind.simulationEnded`.
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
