#if Simulated
public import MetalKqueueSim
@_exported public import MetalSimulation

/// The selector of the short names with the package trait `Simulated`: the simulated kernel.
///
/// The guide "Testing with simulated machines" shows how to use this trait.
public typealias DefaultSelector = KqueueSimSelector
#endif
