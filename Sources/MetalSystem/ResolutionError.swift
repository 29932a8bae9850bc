internal import CMetalSystem
public import MetalCore

/// The error of a failed name resolution: a portable kind, and the system's number.
///
/// ```swift
/// do throws(ResolutionError) {
///   addresses = try SocketAddress.resolve(host, port: 443)
/// } catch .temporaryFailure {
///   tryAgainLater()
/// }
/// ```
///
/// In a block that also throws other errors, name the type: `catch ResolutionError.Kind.temporaryFailure`.
///
/// The error is a trivial value. The numbers of getaddrinfo(3) differ between systems, and differ from the values of
/// `errno`.
///
/// Source: getaddrinfo(3); POSIX.1-2024.
@frozen
public struct ResolutionError: Error, Hashable, Sendable, BitwiseCopyable {
  /// The kind of failure, in portable terms.
  public let kind: Kind

  /// The system's number for the error (`EAI_…`), or 0 if the library itself has detected the error.
  public let code: Int32

  /// The error of the system call that failed during the resolution; `nil` unless the kind is ``Kind/system``.
  public let systemError: IOError?

  init(_ kind: Kind, code: Int32 = 0, systemError: IOError? = nil) {
    self.kind = kind
    self.code = code
    self.systemError = systemError
  }

  /// Makes the error for a code of getaddrinfo other than 0.
  ///
  /// For `EAI_SYSTEM`, `errorNumber` is the value of `errno`.
  ///
  /// Source: getaddrinfo(3), Linux man-pages 6; `<netdb.h>`, POSIX.1-2024.
  package init(code: Int32, errorNumber: Int32) {
    let kind: Kind =
      switch code {
      // On some systems the last two numbers equal the first one.
      case EAI_NONAME, Int32(METAL_EAI_NODATA), Int32(METAL_EAI_ADDRFAMILY): .nameNotFound
      case EAI_SERVICE: .serviceNotFound
      case EAI_AGAIN: .temporaryFailure
      case EAI_FAIL: .permanentFailure
      case EAI_FAMILY, EAI_SOCKTYPE, EAI_BADFLAGS: .unsupported
      case EAI_OVERFLOW: .invalidInput
      case EAI_MEMORY: .outOfMemory
      case EAI_SYSTEM: .system
      default: .other
      }
    self.init(kind, code: code, systemError: kind == .system ? IOError(errno: errorNumber) : nil)
  }

  /// Returns whether an error is of a kind, so that `catch .nameNotFound` matches any code of that kind.
  ///
  /// - Complexity: O(1); no allocation.
  @inlinable public static func ~= (kind: Kind, error: ResolutionError) -> Bool { error.kind == kind }

  /// The portable kinds of failure.
  ///
  /// Later versions may add kinds, so a `switch` needs a `default`.
  @frozen
  public struct Kind: Hashable, Sendable, BitwiseCopyable {
    @usableFromInline let number: UInt8

    @inlinable init(number: UInt8) { self.number = number }

    /// The host is unknown, or has no address of the family (`EAI_NONAME`, `EAI_NODATA`, `EAI_ADDRFAMILY`).
    ///
    /// Some systems also report this kind for an unknown service.
    @inlinable public static var nameNotFound: Kind { Kind(number: 0) }
    /// The system does not know the service for this kind of socket (`EAI_SERVICE`).
    @inlinable public static var serviceNotFound: Kind { Kind(number: 1) }
    /// No server has answered (`EAI_AGAIN`).
    ///
    /// The network may be down. A later attempt may succeed.
    @inlinable public static var temporaryFailure: Kind { Kind(number: 2) }
    /// A server has refused to answer, or the system's configuration is broken (`EAI_FAIL`).
    @inlinable public static var permanentFailure: Kind { Kind(number: 3) }
    /// The system does not resolve names for the family or the kind (`EAI_FAMILY`, `EAI_SOCKTYPE`, `EAI_BADFLAGS`).
    @inlinable public static var unsupported: Kind { Kind(number: 4) }
    /// A name contains a zero byte, or is too long (`EAI_OVERFLOW`).
    @inlinable public static var invalidInput: Kind { Kind(number: 5) }
    /// The system has no memory for the operation (`EAI_MEMORY`).
    @inlinable public static var outOfMemory: Kind { Kind(number: 6) }
    /// A system call failed (`EAI_SYSTEM`).
    ///
    /// ``ResolutionError/systemError`` is the error of the call.
    @inlinable public static var system: Kind { Kind(number: 7) }
    /// Any other error, with its number in ``ResolutionError/code``.
    @inlinable public static var other: Kind { Kind(number: 8) }
  }
}

#if !hasFeature(Embedded)
extension ResolutionError.Kind {
  // This overload is disfavoured, because `IOError.Kind` has some of the same names.
  /// Returns whether any error is a ``ResolutionError`` of a kind, so that `catch ResolutionError.Kind.system` matches.
  ///
  /// - Complexity: O(1); no allocation.
  @inlinable @_disfavoredOverload
  public static func ~= (kind: ResolutionError.Kind, error: any Error) -> Bool {
    (error as? ResolutionError)?.kind == kind
  }
}
#endif

extension ResolutionError: CustomStringConvertible {
  /// A text for the failure.
  ///
  /// The text comes from the system (gai_strerror(3)) with the number of the error, or from the library. The text may
  /// change.
  public var description: String {
    if let systemError { return "a system call failed while the name was resolved: \(systemError)" }
    guard code != 0 else { return kind.description }
    // Safety: the bytes end with a zero, and `String` copies them at once.
    return "\(unsafe String(cString: metal_resolution_words(code))) (getaddrinfo \(code))"
  }
}

extension ResolutionError.Kind: CustomStringConvertible {
  /// A text for the kind.
  ///
  /// The text may change.
  public var description: String {
    switch self {
    case .nameNotFound: "name not found: the host is unknown, or has no address of the family"
    case .serviceNotFound: "service not found: pass a port instead"
    case .temporaryFailure: "temporary failure: no server has answered"
    case .permanentFailure: "permanent failure: a server refuses to answer, or the configuration is broken"
    case .unsupported: "unsupported: the system does not resolve names for the family or the kind"
    case .invalidInput: "invalid input: a name contains a zero byte, or is too long"
    case .outOfMemory: "out of memory"
    case .system: "a system call failed while the name was resolved"
    default: "other failure of name resolution"
    }
  }
}
