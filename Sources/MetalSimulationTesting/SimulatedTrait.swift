public import MetalSimulation
public import Testing

/// A trait that runs a test once for each seed, with a new simulation each time.
///
/// The call `.simulated(seeds: 200)` makes a trait for 200 seeds.
public struct SimulatedTrait: TestTrait, SuiteTrait, TestScoping {
  let seeds: Int
  let profile: KernelProfile
  let defaults: Simulation.Defaults
  let turns: Turns

  /// Whether a suite passes the trait on to its tests: always `true`.
  public var isRecursive: Bool { true }

  /// Returns the trait for a case of a test; `nil` for a suite and for a test as a whole.
  ///
  /// - Parameters:
  ///   - test: The test or the suite.
  ///   - testCase: The case; `nil` for a suite and for a test as a whole.
  /// - Returns: The trait, or `nil`.
  /// - Complexity: O(1); no allocation.
  public func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
    testCase == nil ? nil : self
  }

  /// Runs a case of a test once for each seed, until a seed fails.
  ///
  /// - Parameters:
  ///   - test: The test, whose own trait takes precedence over the trait of its suite.
  ///   - testCase: The case to run.
  ///   - function: The body of the case.
  /// - Throws: The error with which the case cancels itself. The method records all other errors as issues.
  /// - Complexity: The cost of the case, times the number of seeds. The method allocates, and starts a thread.
  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await provideScope(for: test, testCase: testCase, request: .ofEnvironment(), performing: function) {
      Attachment.record($0, named: $1, sourceLocation: test.sourceLocation)
    }
  }

  /// Runs a case of a test with the seeds that the environment requests.
  ///
  /// `attach` gets the text and the name of each trace.
  func provideScope(
    for test: Test, testCase: Test.Case?, request: SeedRequest,
    performing function: @Sendable () async throws -> Void,
    attach: @escaping @Sendable (_ text: String, _ name: String) -> Void
  ) async throws {
    // If a suite and its test both have the trait, the outer scope runs the seeds, with the options of the inner trait.
    guard Simulation.ofTest == nil else { return try await function() }
    let trait = test.traits.lazy.compactMap { $0 as? Self }.last ?? self
    let runner = SeedRunner(trait: trait, test: test, testCase: testCase, attach: attach)
    try await BodyThread.run { try await runner.run(request, function) }
  }
}

extension Trait where Self == SimulatedTrait {
  /// Makes a trait that runs the test once for each seed, with a new `Simulation.current` each time.
  ///
  /// ```swift
  /// @Test(.simulated(seeds: 200)) func answers() throws {
  ///   let simulation = Simulation.current
  ///   let (server, client) = (simulation.machine("server"), simulation.machine("client"))
  ///   server.start(.service) { try serve(port: 80) }
  ///   let answer = client.start { [address = server.address] in try fetch(address, port: 80) }
  ///   try simulation.run()
  ///   #expect(try answer.get() == "hello")
  /// }
  /// ```
  ///
  /// The seeds are 0, 1, 2 and so on, and are the same in every run. The first seed that fails is the last seed that
  /// runs. A seed fails if an expectation fails in the body, in a program or in an action, or if the body throws. The
  /// failed seed runs again, and only the second run reports its issues. A further issue contains the seed, the
  /// diagnosis, the last records, and the command line that runs only this seed. The trait also attaches the trace. The
  /// trait does not report warnings and known issues of other seeds.
  ///
  /// The trait runs the first seed, each hundredth seed after it, and a failed seed twice. If the two runs leave
  /// different traces, an issue reports that the test is not deterministic. The issue names the first record that
  /// differs.
  ///
  /// The body has its own thread, and blocks no thread of Swift's pool. An `async` body and its child tasks also run on
  /// the thread of the body. The body of an actor's method runs on that actor. If a suite has the trait, all its tests
  /// have the trait.
  ///
  /// The environment variable `METAL_SIMULATION="seed=17"` makes every simulated test run only seed 17.
  /// `METAL_SIMULATION_SEEDS=10000` replaces the number of seeds. If a variable has an invalid value, every simulated
  /// test fails, and no body runs.
  ///
  /// The guide "Testing with simulated machines" explains simulated tests.
  ///
  /// - Parameters:
  ///   - seeds: The number of seeds. A number below 1 stops the process.
  ///   - profile: The operating system that the simulated kernels resemble.
  ///   - defaults: Whether each seed draws the sizes of buffers, the latencies and the range of ports. With `.fixed`,
  ///     the profile decides these values, and the runs of different seeds differ little.
  ///   - turns: The order of turns for a run without an explicit order. By default, programs run in turn, so a server
  ///     that starts first listens before its clients connect. The other orders differ between seeds, so a test with
  ///     another order finds more races.
  /// - Returns: The trait.
  /// - Complexity: O(1); no allocation. Running the test costs a thread, and the memory for the trace of one seed at a
  ///   time.
  public static func simulated(
    seeds: Int = 100, profile: KernelProfile = .macOS, defaults: Simulation.Defaults = .drawn, turns: Turns = Turns()
  ) -> Self {
    guard seeds > 0 else { fatalError("A simulated test cannot run with \(seeds) seeds. Give a number of 1 or more.") }
    return Self(seeds: seeds, profile: profile, defaults: defaults, turns: turns)
  }
}
