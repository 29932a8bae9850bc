#if !hasFeature(Embedded)
/// What real kernels know of simulations.
package enum SimulatedMachine {
  /// The name of the simulated machine that runs the current code; `nil` outside of every simulation.
  @TaskLocal package static var current: String?
}
#endif
