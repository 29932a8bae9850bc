#if !Simulated && !ForcePoll && METAL_LINUX
@_exported public import MetalEpoll

/// The selector of the short names on this platform: epoll.
///
/// The package trait `ForcePoll` replaces epoll with poll(2), and `Simulated` replaces epoll with the simulated kernel.
/// The guide "Choosing a backend" compares the selectors.
public typealias DefaultSelector = EpollSelector
#endif
