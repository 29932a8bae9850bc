#if !Simulated && METAL_WINDOWS
@_exported public import MetalAFD

/// The selector of the short names on this platform: AFD.
///
/// The project has not run this selector on Windows.
///
/// The package trait `Simulated` replaces AFD with the simulated kernel. Windows has no poll(2), so the trait
/// `ForcePoll` changes nothing. The guide "Choosing a backend" compares the selectors.
public typealias DefaultSelector = AFDSelector
#endif
