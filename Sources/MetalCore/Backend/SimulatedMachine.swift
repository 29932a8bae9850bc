/// What real kernels know of simulations.
package enum SimulatedMachine {
  #if hasFeature(Embedded)
  /// None: Embedded Swift has no task locals to bind a machine to.
  package static var current: String? { nil }
  #else
  /// The name of the simulated machine that runs the current code; `nil` outside of every simulation.
  @TaskLocal package static var current: String?
  #endif
}
