// Widths and numbers as on macOS and OpenBSD, which the simulated kernel has everywhere.
//
// Two systems differ, each with its own `kevent`. Their C library is imported under the name that it has on Linux, so
// that no `canImport` tells them apart; this is the one place, with the call itself, that asks for the system.

#if !os(FreeBSD) && !os(NetBSD)
extension KernelEvent {
  /// The type of a filter's number.
  public typealias RawFilter = Int16
  /// The type of the flags.
  public typealias RawFlags = UInt16

  /// What the record has beyond the rest: nothing.
  @frozen
  @usableFromInline
  struct Reserved: Hashable, Sendable, BitwiseCopyable {
    @inlinable
    init() {}
  }
}

extension KernelEvent.Filter {
  /// Something can be read, or accepted (`EVFILT_READ`).
  @inlinable
  public static var read: KernelEvent.Filter { KernelEvent.Filter(rawValue: -1) }
  /// There is space to write (`EVFILT_WRITE`).
  @inlinable
  public static var write: KernelEvent.Filter { KernelEvent.Filter(rawValue: -2) }
  /// The program has triggered it (`EVFILT_USER`).
  @inlinable
  public static var user: KernelEvent.Filter { KernelEvent.Filter(rawValue: -10) }
}
#endif
