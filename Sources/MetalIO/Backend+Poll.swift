#if !Simulated && ForcePoll && !METAL_WINDOWS
@_exported public import MetalPoll

/// The selector of the short names with the package trait `ForcePoll`: poll(2).
///
/// The package trait `Simulated` replaces poll(2) with the simulated kernel. The guide "Choosing a backend" compares
/// the selectors.
public typealias DefaultSelector = PosixPollSelector
#endif
