/// Why an operation failed: a portable kind, and the system's own number for it.
///
/// Every throwing call of the library throws exactly this type (`throws(IOError)`). It is a trivial value: throwing it
/// allocates nothing. A `catch` matches by kind alone:
///
/// ```swift
/// do throws(IOError) {
///   let count = try stream.write(bytes.span)
/// } catch .connectionReset, .brokenPipe {
///   drop(connection)
/// }
/// ```
///
/// In a block that throws other errors as well, name the type: `catch IOError.Kind.wouldBlock`.
///
/// Two errors are equal if both kind and code are equal.
@frozen
public struct IOError: Error, Hashable, Sendable, BitwiseCopyable {
  /// The kind of failure, in portable terms.
  public let kind: Kind

  /// The system's own number for the error (`errno` on POSIX), or 0 where the library itself found the mistake.
  public let code: Int32

  /// Makes an error of a kind, with the system's number where there is one.
  @inlinable
  public init(_ kind: Kind, code: Int32 = 0) {
    self.kind = kind
    self.code = code
  }

  /// Returns whether an error is of a kind, whatever its code, so that `catch .wouldBlock` matches.
  @inlinable public static func ~= (kind: Kind, error: IOError) -> Bool { error.kind == kind }

  /// Throws an error that the library itself found, apart from the callers, which are on the success path.
  @usableFromInline @inline(never)
  static func raise(_ kind: Kind) throws(IOError) -> Never { throw IOError(kind) }

  /// The portable kinds of failure.
  ///
  /// Further kinds may be added, so a `switch` needs a `default`.
  ///
  /// Source for the errno names: POSIX.1-2024 `<errno.h>`; errno(3), Linux man-pages 6.
  @frozen
  public struct Kind: Hashable, Sendable, BitwiseCopyable {
    @usableFromInline let number: UInt8

    @inlinable init(number: UInt8) { self.number = number }

    /// The call cannot be completed now; an event reports when to try again (`EAGAIN`, `EWOULDBLOCK`).
    @inlinable public static var wouldBlock: Kind { Kind(number: 0) }
    /// A signal arrived before the call could do anything (`EINTR`).
    @inlinable public static var interrupted: Kind { Kind(number: 1) }
    /// An argument is out of range or makes no sense for the object (`EINVAL`, `ENAMETOOLONG`, `ENOTSOCK`, `EDOM`,
    /// `ELOOP`, and the library's own checks).
    @inlinable public static var invalidInput: Kind { Kind(number: 2) }
    /// The system, or the selector, does not offer the operation (`ENOTSUP`, `EOPNOTSUPP`, `ENOSYS`, `ENOPROTOOPT`,
    /// `EAFNOSUPPORT`, `EPROTONOSUPPORT`, `EPROTOTYPE`).
    @inlinable public static var unsupported: Kind { Kind(number: 3) }
    /// The source is registered already, or the thing to create exists (`EEXIST`).
    @inlinable public static var alreadyExists: Kind { Kind(number: 4) }
    /// The source is not registered with this poll, or the thing named does not exist (`ENOENT`, `ENOTDIR`).
    @inlinable public static var notFound: Kind { Kind(number: 5) }
    /// The operation is not allowed to this process or on this object (`EPERM`, `EACCES`).
    @inlinable public static var permissionDenied: Kind { Kind(number: 6) }
    /// The descriptor is closed or was never open (`EBADF`).
    @inlinable public static var badDescriptor: Kind { Kind(number: 7) }
    /// The process has as many descriptors open as it may (`EMFILE`).
    @inlinable public static var tooManyOpenFiles: Kind { Kind(number: 8) }
    /// The whole system has as many files open as it may (`ENFILE`).
    @inlinable public static var tooManyOpenFilesInSystem: Kind { Kind(number: 9) }
    /// The system has no memory for the operation (`ENOMEM`).
    @inlinable public static var outOfMemory: Kind { Kind(number: 10) }
    /// The system has no buffer space for the operation (`ENOBUFS`).
    @inlinable public static var noBufferSpace: Kind { Kind(number: 11) }
    /// A limit on registrations or storage has been reached (`ENOSPC`).
    @inlinable public static var noSpace: Kind { Kind(number: 12) }
    /// Another socket holds the address (`EADDRINUSE`).
    @inlinable public static var addressInUse: Kind { Kind(number: 13) }
    /// The address does not belong to this machine, or no port is free (`EADDRNOTAVAIL`).
    @inlinable public static var addressNotAvailable: Kind { Kind(number: 14) }
    /// Nobody listens at the address, or a Unix-domain listener's queue is full (`ECONNREFUSED`).
    @inlinable public static var connectionRefused: Kind { Kind(number: 15) }
    /// The peer ended the connection forcibly (`ECONNRESET`).
    @inlinable public static var connectionReset: Kind { Kind(number: 16) }
    /// The connection was ended before it could be accepted (`ECONNABORTED`).
    @inlinable public static var connectionAborted: Kind { Kind(number: 17) }
    /// The socket is not connected (`ENOTCONN`).
    @inlinable public static var notConnected: Kind { Kind(number: 18) }
    /// The socket is connected already (`EISCONN`).
    @inlinable public static var alreadyConnected: Kind { Kind(number: 19) }
    /// A connection attempt is still under way (`EALREADY`, `EINPROGRESS`).
    @inlinable public static var connectionInProgress: Kind { Kind(number: 20) }
    /// The reading side is gone, or this side has been shut down for writing (`EPIPE`, `ESHUTDOWN`).
    @inlinable public static var brokenPipe: Kind { Kind(number: 21) }
    /// The peer did not answer in time (`ETIMEDOUT`).
    @inlinable public static var timedOut: Kind { Kind(number: 22) }
    /// The network interface is down (`ENETDOWN`).
    @inlinable public static var networkDown: Kind { Kind(number: 23) }
    /// There is no route to the network (`ENETUNREACH`).
    @inlinable public static var networkUnreachable: Kind { Kind(number: 24) }
    /// There is no route to the host (`EHOSTUNREACH`, `EHOSTDOWN`).
    @inlinable public static var hostUnreachable: Kind { Kind(number: 25) }
    /// The datagram is larger than the transport carries (`EMSGSIZE`).
    @inlinable public static var messageTooLong: Kind { Kind(number: 26) }
    /// The socket has no peer and the call named none (`EDESTADDRREQ`).
    @inlinable public static var destinationAddressRequired: Kind { Kind(number: 27) }
    /// The simulated kernel found that nothing can end the wait: nothing is scheduled, or nothing happens however often
    /// the program asks.
    @inlinable public static var deadlock: Kind { Kind(number: 28) }
    /// Any other error; ``IOError/code`` has its number.
    @inlinable public static var other: Kind { Kind(number: 29) }
    /// The run of a simulation is over, and the program was still going on: it ends by this error.
    @inlinable public static var simulationEnded: Kind { Kind(number: 30) }
  }
}

#if !hasFeature(Embedded)
extension IOError.Kind {
  // Disfavoured, because another type of errors may have a kind of the same name: `catch .invalidInput` is the kind of the
  // type that is thrown, where that type is known.
  /// Returns whether any error is an ``IOError`` of a kind, so that `catch IOError.Kind.wouldBlock` matches.
  @inlinable @_disfavoredOverload
  public static func ~= (kind: IOError.Kind, error: any Error) -> Bool { (error as? IOError)?.kind == kind }
}
#endif

extension IOError: CustomStringConvertible {
  /// The kind in words and, where the system gave one, its number.
  public var description: String { code == 0 ? kind.description : "\(kind.description) (errno \(code))" }
}

extension IOError.Kind: CustomStringConvertible {
  /// The kind in words, with its cause; the text is not stable.
  public var description: String {
    switch self {
    case .wouldBlock: "operation would block: wait for an event"
    case .interrupted: "interrupted by a signal"
    case .invalidInput: "invalid input: an argument is out of range, or makes no sense for the object"
    case .unsupported: "unsupported: the system or the selector does not offer it"
    case .alreadyExists: "already exists: the source is registered, or the thing to create is there"
    case .notFound: "not found: the source is not registered with this poll, or the thing named does not exist"
    case .permissionDenied: "permission denied: not allowed to this process, or on this object"
    case .badDescriptor: "bad descriptor: it is closed or was never open"
    case .tooManyOpenFiles: "too many open files: the process has as many descriptors as it may"
    case .tooManyOpenFilesInSystem: "too many open files in the whole system"
    case .outOfMemory: "out of memory"
    case .noBufferSpace: "no buffer space available"
    case .noSpace: "no space left: a limit on registrations or storage is reached"
    case .addressInUse: "address in use: another socket holds it, or the file exists"
    case .addressNotAvailable: "address not available: it is not this machine's, or no port is free"
    case .connectionRefused: "connection refused: nobody listens at the address, or its queue is full"
    case .connectionReset: "connection reset by the peer"
    case .connectionAborted: "connection aborted before it was accepted"
    case .notConnected: "not connected"
    case .alreadyConnected: "already connected"
    case .connectionInProgress: "connection attempt still under way"
    case .brokenPipe: "broken pipe: the reading side is gone, or this side was shut down for writing"
    case .timedOut: "timed out: the peer did not answer"
    case .networkDown: "network down"
    case .networkUnreachable: "network unreachable: there is no route"
    case .hostUnreachable: "host unreachable: there is no route"
    case .messageTooLong: "message too long for a datagram of this transport"
    case .destinationAddressRequired: "destination address required: the socket has no peer and the call named none"
    case .simulationEnded: "simulation ended: the run is over; let the error end the program"
    case .deadlock: "deadlock: the simulated kernel found that nothing can end the wait; see the simulation's diagnosis"
    default: "other error"
    }
  }
}
