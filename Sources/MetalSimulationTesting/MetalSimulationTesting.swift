@_exported public import MetalSimulation

extension Simulation {
  /// The simulation of the current simulated test.
  @TaskLocal static var ofTest: Simulation?

  /// The simulation of the current simulated test, with the seed of the current run.
  ///
  /// The body of a test, its programs and its scheduled actions can use this property. The simulation belongs to the
  /// task, so each of several parallel tests has its own simulation. A detached task, or a thread that the test starts,
  /// has no simulation. If code without a simulation reads this property, the process stops.
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
