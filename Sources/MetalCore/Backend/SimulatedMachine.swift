/// Names the simulated machine, for the kernels of real systems.
package enum SimulatedMachine {
  #if hasFeature(Embedded)
  /// Always `nil`, because Embedded Swift has no task locals to bind a machine to.
  package static var current: String? { nil }
  #else
  /// The name of the simulated machine that runs the current code, or `nil` outside of every simulation.
  @TaskLocal package static var current: String?
  #endif
}
