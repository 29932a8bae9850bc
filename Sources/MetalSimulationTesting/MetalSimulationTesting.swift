@_exported public import MetalSimulation

extension Simulation {
  /// The simulation of the simulated test that runs.
  @TaskLocal static var ofTest: Simulation?

  /// The simulation of the simulated test that runs, which has the seed of this run.
  ///
  /// The body of a test has it, and so have the test's programs and scheduled actions. It belongs to the task, so tests
  /// that run in parallel have one each. A detached task and a thread that the test starts have none. Code without a
  /// simulation stops here.
  ///
  /// - Complexity: O(1); no allocation.
  public static var current: Simulation {
    guard let simulation = ofTest else {
      fatalError(
        "No simulated test runs here. Mark the test with `@Test(.simulated())`, and use `Simulation.current` in its body, "
          + "its programs and its actions.")
    }
    return simulation
  }
}
