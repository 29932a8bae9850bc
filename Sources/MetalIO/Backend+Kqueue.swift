#if !Simulated && !ForcePoll && (METAL_DARWIN || METAL_FREEBSD || METAL_NETBSD || METAL_OPENBSD)
@_exported public import MetalKqueue

/// The selector that the short names stand for on this platform.
///
/// The package trait `ForcePoll` puts the one on poll(2) in its place, and `Simulated` that of the simulated kernel.
public typealias DefaultSelector = KqueueSelector<SystemKernel>
#endif
