/// The result of a system call that may block: a count, or a negated system error number.
///
/// A ``Kernel`` returns it instead of throwing, because a throw that crosses two functions is paid twice. The
/// source's own method turns it into an ``IOError``, once, through ``Kernel/error(for:)``.
@frozen
public struct IOResult: Equatable, Sendable, BitwiseCopyable {
  /// The count if it is not negative, the negated error number otherwise.
  public let rawValue: Int

  /// Wraps a raw result: a count, or a negated error number.
  @inlinable public init(rawValue: Int) { self.rawValue = rawValue }

  /// Whether the call did something, which includes having moved no byte at the end of a stream.
  @inlinable public var isSuccess: Bool { rawValue >= 0 }
}

/// The one owner of an open object: dropping it closes the object.
///
/// A conforming type is not generic, so that its `deinit` runs wherever a source is dropped: Swift 6.3 can lose the
/// `deinit` of a generic struct (swiftlang/swift#89686).
public protocol DescriptorOwner: ~Copyable, Sendable {
  /// The kernel that the object lives in.
  associatedtype K: Kernel

  /// Takes over an open object.
  init(owning descriptor: K.Descriptor, on kernel: K)

  /// The object's name, which stays this value's to close.
  var descriptor: K.Descriptor { get }

  /// The kernel that the object lives in.
  var kernel: K { get }

  /// Gives the object away, to be closed by the caller.
  consuming func release() -> K.Descriptor
}

/// The address family of a socket.
@frozen
public enum SocketFamily: Sendable, BitwiseCopyable {
  /// Internet protocol, version 4.
  case ipv4
  /// Internet protocol, version 6.
  case ipv6
  /// Sockets between processes of one machine.
  case unix
}

/// An address of one of the two kinds.
@frozen
public enum AnyEndpointAddress: Hashable, Sendable, BitwiseCopyable {
  /// An IP address with a port.
  case internet(SocketAddress)
  /// The address of a Unix-domain socket.
  case unix(UnixAddress)
}

extension AnyEndpointAddress: CustomStringConvertible {
  /// The text of the address.
  public var description: String {
    switch self {
    case .internet(let address): address.description
    case .unix(let address): address.description
    }
  }
}

extension Duration {
  /// The duration in nanoseconds, rounded up; the most that 64 bits hold, 292 years, if it is longer.
  @inlinable
  package var wholeNanoseconds: Int64 {
    // Below 18 seconds 64 bits hold the attoseconds, and it is one multiplication.
    guard let attoseconds = UInt64(exactly: attoseconds) else { return longNanoseconds }
    let (whole, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return Int64(truncatingIfNeeded: whole) + (rest > 0 ? 1 : 0)
  }

  @usableFromInline @inline(never)
  var longNanoseconds: Int64 {
    // A duration can be longer than its components can say.
    let (seconds, attoseconds) = min(max(self, .zero), .seconds(Int64.max)).components
    let (whole, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflowedAgain) = whole.addingReportingOverflow((attoseconds + 999_999_999) / 1_000_000_000)
    return overflowed || overflowedAgain ? .max : sum
  }

  /// The duration in seconds, rounded up, for an option of a kernel; a number that every kernel refuses if the duration
  /// is negative or too long for any.
  @usableFromInline
  package var optionSeconds: Int {
    // Compared first, since a duration can be longer than its components can say.
    guard self >= .zero, self <= .seconds(Int32.max) else { return .min }
    let (whole, attoseconds) = components
    return Int(whole) + (attoseconds > 0 ? 1 : 0)
  }
}
