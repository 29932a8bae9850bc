#if canImport(Glibc) || canImport(Musl) || canImport(Android)
@_exported public import MetalEpoll

/// The selector that the short names stand for on this platform.
public typealias DefaultSelector = EpollSelector
#endif
