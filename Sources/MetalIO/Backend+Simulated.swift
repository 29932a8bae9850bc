#if Simulated
public import MetalKqueueSim
@_exported public import MetalSimulation

/// The selector that the short names stand for with the package trait `Simulated`: that of the simulated kernel.
public typealias DefaultSelector = KqueueSimSelector
#endif
