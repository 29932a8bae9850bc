/// Names the simulated machine, for the kernels of real systems.
package enum SimulatedMachine {
  #if hasFeature(Embedded)
  // Embedded Swift has no task locals. One thread at a time may run code on machines there.
  nonisolated(unsafe) private static var name: String?

  /// The name of the simulated machine that runs the current code, or `nil` outside of every simulation.
  package static var current: String? {
    // Safety: see above.
    get { unsafe name }
    set { unsafe name = newValue }
  }
  #else
  /// The name of the simulated machine that runs the current code, or `nil` outside of every simulation.
  @TaskLocal package static var current: String?
  #endif
}
