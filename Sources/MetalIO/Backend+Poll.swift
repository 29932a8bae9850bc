#if ForcePoll || !(canImport(Glibc) || canImport(Musl) || canImport(Android))
@_exported public import MetalPoll

/// The selector that the short names stand for on this platform, or everywhere with the package trait `ForcePoll`.
public typealias DefaultSelector = PollSelector
#endif
