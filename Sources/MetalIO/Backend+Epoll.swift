#if !Simulated && !ForcePoll && METAL_LINUX
@_exported public import MetalEpoll

/// The selector that the short names stand for on this platform.
///
/// The package trait `ForcePoll` puts the one on poll(2) in its place, and `Simulated` that of the simulated kernel.
public typealias DefaultSelector = EpollSelector
#endif
