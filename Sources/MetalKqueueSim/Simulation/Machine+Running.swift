internal import MetalCore

#if hasFeature(Embedded)
extension SimulatedKernel {
  // Embedded Swift has no task locals. One thread at a time may run code on machines there.
  nonisolated(unsafe) private static var variable: SimulatedKernel?

  fileprivate private(set) static var bound: SimulatedKernel? {
    // Safety: see above.
    get { unsafe variable }
    set { unsafe variable = newValue }
  }

  /// Binds a machine, or none, while code runs.
  fileprivate static func bind(_ machine: Machine?, _ body: () -> Void) {
    let former = (bound, SimulatedMachine.current)
    (bound, SimulatedMachine.current) = (machine?.kernel, machine?.name)
    body()
    (bound, SimulatedMachine.current) = former
  }
}
#else
extension SimulatedKernel {
  @TaskLocal fileprivate static var bound: SimulatedKernel?

  /// Binds a machine, or none, while code runs.
  fileprivate static func bind(_ machine: Machine?, _ body: () -> Void) {
    SimulatedMachine.$current.withValue(machine?.name) { $bound.withValue(machine?.kernel, operation: body) }
  }
}
#endif

extension SimulatedKernel {
  /// The kernel of the machine on which the current code runs.
  ///
  /// If the code runs on no machine, this property stops the program.
  public static var current: SimulatedKernel {
    guard let bound else {
      fatalError(
        "No simulated kernel is bound here. Wrap the code in `machine.run { … }`, or pass the kernel by "
          + "`on: machine.kernel`.")
    }
    return bound
  }
}

extension Machine {
  /// Runs code on this machine.
  ///
  /// Sources and polls that the code makes without naming a kernel belong to this machine. The binding belongs to the
  /// task, so tests that run in parallel do not affect each other. A thread that the code starts has no binding. In
  /// Embedded Swift, the binding belongs to the program, and one thread at a time may run code on machines.
  ///
  /// - Parameter body: The code to run.
  /// - Returns: The value that the code returns.
  /// - Throws: The error that the code throws.
  /// - Complexity: The complexity of the code.
  public func run<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    // `withValue` throws errors of any type, and takes no noncopyable result.
    var result: Result<R, E>?
    SimulatedKernel.bind(self) {
      do throws(E) {
        result = .some(.success(try body()))
      } catch {
        result = .some(.failure(error))
      }
    }
    guard let result = result.take() else { fatalError("The code of `run` has ended without a result.") }
    switch consume result {
    case .success(let value): return value
    case .failure(let error): throw error
    }
  }

  #if !hasFeature(Embedded)
  /// Runs asynchronous code on this machine.
  ///
  /// Tasks of the code run on this machine, unless they are detached. Only one task at a time may use the simulation.
  ///
  /// - Parameter isolation: The actor that the code runs on, which is the caller's unless given.
  /// - Parameter body: The code to run.
  /// - Returns: The value that the code returns.
  /// - Throws: The error that the code throws.
  public func run<R>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
  ) async rethrows -> R {
    try await SimulatedMachine.$current.withValue(name) {
      try await SimulatedKernel.$bound.withValue(kernel, operation: body)
    }
  }
  #endif

  /// Runs code on no machine, even if the caller runs on one.
  static func runUnbound(_ body: () -> Void) { SimulatedKernel.bind(nil, body) }
}
