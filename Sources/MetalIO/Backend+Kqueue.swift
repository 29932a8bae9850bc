#if !Simulated && !ForcePoll && (METAL_DARWIN || METAL_FREEBSD || METAL_NETBSD || METAL_OPENBSD)
@_exported public import MetalKqueue

/// The selector of the short names on this platform: kqueue.
///
/// The package trait `ForcePoll` replaces kqueue with poll(2), and `Simulated` replaces kqueue with the simulated
/// kernel. The guide "Choosing a backend" compares the selectors.
public typealias DefaultSelector = KqueueSelector<SystemKernel>
#endif
