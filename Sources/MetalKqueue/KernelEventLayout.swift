// The widths of fields and the numbers of filters differ between systems. On Linux, the simulated kernel uses the
// widths and the numbers of macOS and OpenBSD.

extension KernelEvent {
  #if METAL_NETBSD
  /// The type of a filter's number.
  public typealias RawFilter = UInt32
  /// The type of the flags.
  public typealias RawFlags = UInt32
  #else
  /// The type of a filter's number.
  public typealias RawFilter = Int16
  /// The type of the flags.
  public typealias RawFlags = UInt16
  #endif

  /// The fields that only some systems have.
  ///
  /// FreeBSD and NetBSD have four words (`ext`). Other systems have no reserved field.
  @frozen @usableFromInline
  struct Reserved: Hashable, Sendable, BitwiseCopyable {
    #if METAL_FREEBSD || METAL_NETBSD
    @usableFromInline var first: UInt64 = 0
    @usableFromInline var second: UInt64 = 0
    @usableFromInline var third: UInt64 = 0
    @usableFromInline var fourth: UInt64 = 0
    #endif

    @inlinable init() {}
  }
}

extension KernelEvent.Filter {
  #if METAL_NETBSD
  @inlinable static var numbers: (read: UInt32, write: UInt32, user: UInt32) { (0, 1, 8) }
  #elseif METAL_FREEBSD
  @inlinable static var numbers: (read: Int16, write: Int16, user: Int16) { (-1, -2, -11) }
  #else
  @inlinable static var numbers: (read: Int16, write: Int16, user: Int16) { (-1, -2, -10) }
  #endif

  /// The filter for reading and accepting (`EVFILT_READ`).
  @inlinable public static var read: KernelEvent.Filter { KernelEvent.Filter(rawValue: numbers.read) }
  /// The filter for writing (`EVFILT_WRITE`).
  @inlinable public static var write: KernelEvent.Filter { KernelEvent.Filter(rawValue: numbers.write) }
  /// The filter for events that the program triggers (`EVFILT_USER`).
  @inlinable public static var user: KernelEvent.Filter { KernelEvent.Filter(rawValue: numbers.user) }
}
