#if METAL_FREEBSD
extension KernelEvent {
  /// The type of a filter's number.
  public typealias RawFilter = Int16
  /// The type of the flags.
  public typealias RawFlags = UInt16

  /// What the record has beyond the rest: four words (`ext`).
  @frozen @usableFromInline
  struct Reserved: Hashable, Sendable, BitwiseCopyable {
    @usableFromInline let first: UInt64
    @usableFromInline let second: UInt64
    @usableFromInline let third: UInt64
    @usableFromInline let fourth: UInt64

    @inlinable
    init() {
      first = 0
      second = 0
      third = 0
      fourth = 0
    }
  }
}

extension KernelEvent.Filter {
  /// Something can be read, or accepted (`EVFILT_READ`).
  @inlinable public static var read: KernelEvent.Filter { KernelEvent.Filter(rawValue: -1) }
  /// There is space to write (`EVFILT_WRITE`).
  @inlinable public static var write: KernelEvent.Filter { KernelEvent.Filter(rawValue: -2) }
  /// The program has triggered it (`EVFILT_USER`).
  @inlinable public static var user: KernelEvent.Filter { KernelEvent.Filter(rawValue: -11) }
}
#endif
