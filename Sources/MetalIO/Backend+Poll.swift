#if !Simulated && (ForcePoll || !(METAL_LINUX || METAL_DARWIN || METAL_FREEBSD || METAL_NETBSD || METAL_OPENBSD))
@_exported public import MetalPoll

/// The selector of the short names on this platform, or on every platform with the package trait `ForcePoll`.
///
/// The package trait `Simulated` replaces poll(2) with the simulated kernel. The guide "Choosing a backend" compares
/// the selectors.
public typealias DefaultSelector = PosixPollSelector
#endif
