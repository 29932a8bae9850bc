/// The result of a system call that may block: a count, or a negated error number of the system.
///
/// A ``Kernel`` returns a result instead of throwing, because each function that a throw crosses adds to its cost. The
/// source's own method turns the result into an ``IOError`` once, through ``Kernel/error(for:)``.
@frozen
public struct IOResult: Equatable, Sendable, BitwiseCopyable {
  /// The count if the number is not negative, else the negated error number.
  public let rawValue: Int

  /// Wraps a raw result: a count, or a negated error number.
  @inlinable public init(rawValue: Int) { self.rawValue = rawValue }

  /// Whether the call succeeded.
  ///
  /// At the end of a stream a call succeeds with a count of 0.
  @inlinable public var isSuccess: Bool { rawValue >= 0 }
}

/// Owns an open object, and closes the object when the owner is dropped.
///
/// A conforming type is not generic, so its `deinit` runs wherever a program drops a source. Swift 6.3 can lose the
/// `deinit` of a generic struct (swiftlang/swift#89686).
public protocol DescriptorOwner: ~Copyable, Sendable {
  /// The kernel that the object belongs to.
  associatedtype K: Kernel

  /// Takes over an open object.
  ///
  /// - Parameters:
  ///   - descriptor: The name of the object. From now on the owner closes the object.
  ///   - kernel: The kernel that the object belongs to.
  init(owning descriptor: K.Descriptor, on kernel: K)

  /// The object's name.
  ///
  /// The owner still closes the object.
  var descriptor: K.Descriptor { get }

  /// The kernel that the object belongs to.
  var kernel: K { get }

  /// Gives the object to the caller, which must close it.
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

/// An IP address with a port, or the address of a Unix-domain socket.
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
  /// The duration in nanoseconds, rounded up, and at most `Int64.max`, which is 292 years.
  @inlinable
  package var wholeNanoseconds: Int64 {
    // The attoseconds of a duration below 18 seconds fit into 64 bits, so the conversion is one multiplication.
    guard let attoseconds = UInt64(exactly: attoseconds) else { return longNanoseconds }
    let (whole, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return Int64(truncatingIfNeeded: whole) + (rest > 0 ? 1 : 0)
  }

  @usableFromInline @inline(never)
  var longNanoseconds: Int64 {
    // A duration can be longer than its components can express.
    let (seconds, attoseconds) = min(max(self, .zero), .seconds(Int64.max)).components
    let (whole, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflowedAgain) = whole.addingReportingOverflow((attoseconds + 999_999_999) / 1_000_000_000)
    return overflowed || overflowedAgain ? .max : sum
  }

  /// The duration in seconds, rounded up, for an option of a kernel.
  ///
  /// A duration that is negative or too long for any kernel becomes a number that every kernel refuses.
  @usableFromInline
  package var optionSeconds: Int {
    // The comparison comes first, because a duration can be longer than its components can express.
    guard self >= .zero, self <= .seconds(Int32.max) else { return .min }
    let (whole, attoseconds) = components
    return Int(whole) + (attoseconds > 0 ? 1 : 0)
  }
}
