#if ForcePoll || !(os(Linux) || os(Android) || canImport(Darwin) || os(FreeBSD) || os(OpenBSD) || os(NetBSD))
@_exported public import MetalPoll

/// The selector that the short names stand for on this platform, or everywhere with the package trait `ForcePoll`.
public typealias DefaultSelector = PollSelector
#endif
