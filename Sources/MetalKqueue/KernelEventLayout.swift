// Widths and numbers as on macOS and OpenBSD, which the simulated kernel has everywhere.
// FreeBSD and NetBSD, whose `kevent` differs, have files of their own.

#if !METAL_FREEBSD && !METAL_NETBSD
extension KernelEvent {
  /// The type of a filter's number.
  public typealias RawFilter = Int16
  /// The type of the flags.
  public typealias RawFlags = UInt16

  /// What the record has beyond the rest: nothing.
  @frozen @usableFromInline
  struct Reserved: Hashable, Sendable, BitwiseCopyable {
    @inlinable
    init() {}
  }
}

extension KernelEvent.Filter {
  /// Something can be read, or accepted (`EVFILT_READ`).
  @inlinable public static var read: KernelEvent.Filter { KernelEvent.Filter(rawValue: -1) }
  /// There is space to write (`EVFILT_WRITE`).
  @inlinable public static var write: KernelEvent.Filter { KernelEvent.Filter(rawValue: -2) }
  /// The program has triggered it (`EVFILT_USER`).
  @inlinable public static var user: KernelEvent.Filter { KernelEvent.Filter(rawValue: -10) }
}
#endif
