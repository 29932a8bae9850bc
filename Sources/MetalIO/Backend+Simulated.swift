#if Simulated
@_exported public import MetalKqueue
@_exported public import MetalKqueueSim

/// The selector that the short names stand for with the package trait `Simulated`: that of the simulated kernel.
public typealias DefaultSelector = KqueueSimSelector
#endif
