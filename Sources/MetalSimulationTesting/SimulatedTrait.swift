public import MetalSimulation
public import Testing

/// A trait that runs a test once per seed, each time with a simulation of its own.
///
/// `.simulated(seeds: 200)` makes it.
public struct SimulatedTrait: TestTrait, SuiteTrait, TestScoping {
  let seeds: Int
  let profile: KernelProfile
  let defaults: Simulation.Defaults
  let turns: Turns

  /// Whether a suite passes the trait on to its tests: always.
  public var isRecursive: Bool { true }

  /// Returns the trait for each case of a test, and `nil` for a suite and for a test as a whole.
  public func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
    testCase == nil ? nil : self
  }

  /// Runs a case of a test once per seed, up to the first seed that fails.
  ///
  /// - Throws: The error with which the case cancels itself. All other errors are recorded as issues.
  /// - Complexity: That of the case, times the number of seeds. It allocates, and starts a thread.
  public func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await provideScope(for: test, testCase: testCase, request: .ofEnvironment(), performing: function) {
      Attachment.record($0, named: $1, sourceLocation: test.sourceLocation)
    }
  }

  /// Runs a case of a test with the seeds that the environment asks for; `attach` gets the text and the name of each trace.
  func provideScope(
    for test: Test, testCase: Test.Case?, request: SeedRequest,
    performing function: @Sendable () async throws -> Void,
    attach: @escaping @Sendable (_ text: String, _ name: String) -> Void
  ) async throws {
    // If a suite and its test have the trait, the outer one runs the seeds, with the options of the inner one.
    guard Simulation.ofTest == nil else { return try await function() }
    let trait = test.traits.lazy.compactMap { $0 as? Self }.last ?? self
    let runner = SeedRunner(trait: trait, test: test, testCase: testCase, attach: attach)
    try await BodyThread.run { try await runner.run(request, function) }
  }
}

extension Trait where Self == SimulatedTrait {
  /// Runs the test once per seed, each time with a new `Simulation.current`.
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
  /// The seeds are 0, 1, 2 and so on, the same in every run, and the first one that fails is the last. A seed fails if an
  /// expectation fails in the body, in a program or in an action, or if the body throws. It runs again, and only this run
  /// reports its issues. A further issue names the seed, and has the diagnosis, the last records, and the command line that
  /// runs the seed alone. The trace is attached. Warnings and known issues of all other seeds are not reported.
  ///
  /// The first seed, each hundredth after it, and the one that fails run twice. If the two runs leave different traces, an
  /// issue says that the test is not deterministic, and names the first record that differs.
  ///
  /// The body has a thread of its own, and blocks no thread of Swift's pool. An `async` body runs there as well, with the
  /// child tasks that it makes. A body of an actor runs on that actor. A suite may have the trait, for all of its tests.
  ///
  /// The environment variable `METAL_SIMULATION="seed=17"` makes every simulated test run seed 17 alone.
  /// `METAL_SIMULATION_SEEDS=10000` replaces the number of seeds.
  ///
  /// - Parameters:
  ///   - seeds: The number of seeds, 1 or more.
  ///   - profile: The system that the kernels are like.
  ///   - defaults: Whether each seed draws the sizes of buffers, the latencies and the range of ports. It does unless `.fixed`
  ///     is given, because seeds would differ in little else.
  ///   - turns: The order in which programs go on, for a run that names none. It is in turn unless given, so a server that is
  ///     started first listens before its clients connect. The other orders differ from seed to seed, and find more races.
  /// - Returns: The trait.
  /// - Complexity: O(1); no allocation. A run of the test costs a thread, and the trace of one seed at a time.
  public static func simulated(
    seeds: Int = 100, profile: KernelProfile = .macOS, defaults: Simulation.Defaults = .drawn, turns: Turns = Turns()
  ) -> Self {
    guard seeds > 0 else { fatalError("A simulated test cannot run with \(seeds) seeds. Give a number of 1 or more.") }
    return Self(seeds: seeds, profile: profile, defaults: defaults, turns: turns)
  }
}
