#if !Simulated && (ForcePoll || !(METAL_LINUX || METAL_DARWIN || METAL_FREEBSD || METAL_NETBSD || METAL_OPENBSD))
@_exported public import MetalPoll

/// The selector that the short names stand for on this platform, or everywhere with the package trait `ForcePoll`.
///
/// The package trait `Simulated` puts that of the simulated kernel in its place.
public typealias DefaultSelector = PosixPollSelector
#endif
