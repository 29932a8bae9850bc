internal import MetalCore

#if hasFeature(Embedded)
extension SimulatedKernel {
  /// Stops the program: Embedded Swift has nothing to bind a kernel to, so that each source and poll must be given it.
  public static var current: SimulatedKernel {
    fatalError("Embedded Swift has no task locals to bind a kernel to. Pass the simulated kernel by `on:`.")
  }
}
#else
extension SimulatedKernel {
  /// The kernel that ``run(_:)-(()(throws)->R)`` has bound.
  @TaskLocal private static var bound: SimulatedKernel?

  /// The kernel of the machine that the running code is run on.
  ///
  /// Code that nothing runs on a machine has none, and stops here.
  public static var current: SimulatedKernel {
    guard let bound else {
      fatalError(
        "No simulated kernel is bound here. Wrap the code in `node.run { … }`, or pass the kernel by `on: node`."
      )
    }
    return bound
  }

  /// Runs code on this machine: sources and polls that it makes without naming a kernel are made here.
  ///
  /// The binding is the task's, so that tests which run in parallel do not see each other's. On a thread that the code
  /// starts itself there is none.
  ///
  /// - Throws: What the code throws.
  /// - Complexity: What the code takes.
  public func run<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    // `withValue` forgets what type of error its closure throws, and takes no noncopyable result.
    var result: Result<R, E>?
    Self.$bound.withValue(self) {
      do throws(E) {
        result = .some(.success(try body()))
      } catch {
        result = .some(.failure(error))
      }
    }
    guard let result = result.take() else { preconditionFailure("The code has run: it has a result.") }
    switch consume result {
    case .success(let value): return value
    case .failure(let error): throw error
    }
  }

  /// Runs asynchronous code on this machine.
  ///
  /// Tasks that it creates are on the machine as well, unless they are detached. They must not call into the simulation
  /// at the same time.
  ///
  /// - Throws: What the code throws.
  public func run<R>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> R
  ) async rethrows -> R {
    try await Self.$bound.withValue(self, operation: body)
  }
}
#endif
