/// An error of an I/O operation: a portable kind, and the system's own error number.
///
/// Every I/O call of the library throws exactly this type (`throws(IOError)`). The type is trivial, so a throw
/// allocates nothing. A `catch` matches an error by its kind alone:
///
/// ```swift
/// do throws(IOError) {
///   written += try stream.write(bytes.span) ?? 0
/// } catch .connectionReset, .brokenPipe {
///   drop(connection)
/// }
/// ```
///
/// In a block that throws errors of other types as well, name the type: `catch IOError.Kind.wouldBlock`.
///
/// Two errors are equal if both their kinds and their codes are equal.
@frozen
public struct IOError: Error, Hashable, Sendable, BitwiseCopyable {
  /// The kind of failure, in portable terms.
  public let kind: Kind

  /// The system's error number (`errno` on POSIX), or 0 if the library itself detected the error.
  public let code: Int32

  /// Makes an error of a kind.
  ///
  /// - Parameters:
  ///   - kind: The kind of failure.
  ///   - code: The system's error number (`errno` on POSIX), or 0 if the error has no number.
  @inlinable
  public init(_ kind: Kind, code: Int32 = 0) {
    self.kind = kind
    self.code = code
  }

  /// Returns whether an error is of a kind and has any code, so that `catch .wouldBlock` matches.
  @inlinable public static func ~= (kind: Kind, error: IOError) -> Bool { error.kind == kind }

  /// Throws an error that the library itself detected.
  ///
  /// The function is not inlined, which keeps the throw out of its callers' success paths.
  @usableFromInline @inline(never)
  static func raise(_ kind: Kind) throws(IOError) -> Never { throw IOError(kind) }

  /// The portable kinds of failure.
  ///
  /// A later version may add kinds, so a `switch` needs a `default`.
  ///
  /// Source: POSIX.1-2024 `<errno.h>` and errno(3), Linux man-pages 6, for the names of the error numbers.
  @frozen
  public struct Kind: Hashable, Sendable, BitwiseCopyable {
    @usableFromInline let number: UInt8

    @inlinable init(number: UInt8) { self.number = number }

    /// The call would block (`EAGAIN`, `EWOULDBLOCK`).
    ///
    /// An event reports when to try again.
    @inlinable public static var wouldBlock: Kind { Kind(number: 0) }
    /// A signal interrupted the call before it did anything (`EINTR`).
    @inlinable public static var interrupted: Kind { Kind(number: 1) }
    /// An argument is out of range or has no meaning for the object.
    ///
    /// The kind stands for `EINVAL`, `ENAMETOOLONG`, `ENOTSOCK`, `EDOM`, `ELOOP`, and the library's own checks.
    @inlinable public static var invalidInput: Kind { Kind(number: 2) }
    /// The system or the selector does not offer the operation.
    ///
    /// The kind stands for `ENOTSUP`, `EOPNOTSUPP`, `ENOSYS`, `ENOPROTOOPT`, `EAFNOSUPPORT`, `EPROTONOSUPPORT` and
    /// `EPROTOTYPE`.
    @inlinable public static var unsupported: Kind { Kind(number: 3) }
    /// The source is registered already, or the object to create exists (`EEXIST`).
    @inlinable public static var alreadyExists: Kind { Kind(number: 4) }
    /// The source is not registered with this poll, or the named object does not exist (`ENOENT`, `ENOTDIR`).
    @inlinable public static var notFound: Kind { Kind(number: 5) }
    /// The system does not allow the operation to this process, or on this object (`EPERM`, `EACCES`).
    @inlinable public static var permissionDenied: Kind { Kind(number: 6) }
    /// The descriptor is closed or was never open (`EBADF`).
    @inlinable public static var badDescriptor: Kind { Kind(number: 7) }
    /// The process has reached its limit of open descriptors (`EMFILE`).
    @inlinable public static var tooManyOpenFiles: Kind { Kind(number: 8) }
    /// The whole system has reached its limit of open files (`ENFILE`).
    @inlinable public static var tooManyOpenFilesInSystem: Kind { Kind(number: 9) }
    /// The system has no memory for the operation (`ENOMEM`).
    @inlinable public static var outOfMemory: Kind { Kind(number: 10) }
    /// The system has no buffer space for the operation (`ENOBUFS`).
    @inlinable public static var noBufferSpace: Kind { Kind(number: 11) }
    /// No room is left for a registration or for storage (`ENOSPC`).
    @inlinable public static var noSpace: Kind { Kind(number: 12) }
    /// Another socket holds the address (`EADDRINUSE`).
    @inlinable public static var addressInUse: Kind { Kind(number: 13) }
    /// The address does not belong to this machine, or no port is free (`EADDRNOTAVAIL`).
    @inlinable public static var addressNotAvailable: Kind { Kind(number: 14) }
    /// No socket listens at the address, or a Unix-domain listener's queue is full (`ECONNREFUSED`).
    @inlinable public static var connectionRefused: Kind { Kind(number: 15) }
    /// The peer reset the connection (`ECONNRESET`).
    @inlinable public static var connectionReset: Kind { Kind(number: 16) }
    /// The connection ended before the listener accepted it (`ECONNABORTED`).
    @inlinable public static var connectionAborted: Kind { Kind(number: 17) }
    /// The socket is not connected (`ENOTCONN`).
    @inlinable public static var notConnected: Kind { Kind(number: 18) }
    /// The socket is connected already (`EISCONN`).
    @inlinable public static var alreadyConnected: Kind { Kind(number: 19) }
    /// A connection attempt has not ended yet (`EALREADY`, `EINPROGRESS`).
    @inlinable public static var connectionInProgress: Kind { Kind(number: 20) }
    /// The reading side is gone, or this side was shut down for writing (`EPIPE`, `ESHUTDOWN`).
    @inlinable public static var brokenPipe: Kind { Kind(number: 21) }
    /// The peer did not answer in time (`ETIMEDOUT`).
    @inlinable public static var timedOut: Kind { Kind(number: 22) }
    /// The network interface is down (`ENETDOWN`).
    @inlinable public static var networkDown: Kind { Kind(number: 23) }
    /// The system has no route to the network (`ENETUNREACH`).
    @inlinable public static var networkUnreachable: Kind { Kind(number: 24) }
    /// The system has no route to the host (`EHOSTUNREACH`, `EHOSTDOWN`).
    @inlinable public static var hostUnreachable: Kind { Kind(number: 25) }
    /// The datagram is larger than the transport can carry (`EMSGSIZE`).
    @inlinable public static var messageTooLong: Kind { Kind(number: 26) }
    /// The socket has no peer, and the call named no address (`EDESTADDRREQ`).
    @inlinable public static var destinationAddressRequired: Kind { Kind(number: 27) }
    /// Nothing can end a wait on the simulated kernel.
    ///
    /// Either the simulation has nothing scheduled, or nothing happens although the program calls the kernel again and
    /// again.
    @inlinable public static var deadlock: Kind { Kind(number: 28) }
    /// Any other error, whose number is ``IOError/code``.
    @inlinable public static var other: Kind { Kind(number: 29) }
    /// The run of a simulation ended before the program ended.
    ///
    /// The error then ends the program.
    @inlinable public static var simulationEnded: Kind { Kind(number: 30) }
  }
}

#if !hasFeature(Embedded)
extension IOError.Kind {
  // The function is disfavoured, because another error type may have a kind of the same name. If the thrown type is
  // known, `catch .invalidInput` means the kind of that type.
  /// Returns whether any error is an ``IOError`` of a kind, so that `catch IOError.Kind.wouldBlock` matches.
  @inlinable @_disfavoredOverload
  public static func ~= (kind: IOError.Kind, error: any Error) -> Bool { (error as? IOError)?.kind == kind }
}
#endif

extension IOError: CustomStringConvertible {
  /// The kind in words, and the system's error number if the error has a number.
  public var description: String { code == 0 ? kind.description : "\(kind.description) (system error \(code))" }
}

extension IOError.Kind: CustomStringConvertible {
  /// The kind in words, with its cause.
  ///
  /// The text may change between versions.
  public var description: String {
    switch self {
    case .wouldBlock: "operation would block: wait for an event"
    case .interrupted: "interrupted by a signal"
    case .invalidInput: "invalid input: an argument is out of range, or has no meaning for the object"
    case .unsupported: "unsupported: the system or the selector does not offer the operation"
    case .alreadyExists: "already exists: the source is registered, or the object to create exists"
    case .notFound: "not found: the source is not registered with this poll, or the named object does not exist"
    case .permissionDenied: "permission denied: not allowed to this process, or on this object"
    case .badDescriptor: "bad descriptor: the descriptor is closed or was never open"
    case .tooManyOpenFiles: "too many open files: the process has reached its limit of descriptors"
    case .tooManyOpenFilesInSystem: "too many open files in the whole system"
    case .outOfMemory: "out of memory"
    case .noBufferSpace: "no buffer space available"
    case .noSpace: "no space left: a limit on registrations or storage is reached"
    case .addressInUse: "address in use: another socket holds the address, or the file exists"
    case .addressNotAvailable: "address not available: it does not belong to this machine, or no port is free"
    case .connectionRefused: "connection refused: no socket listens at the address, or its queue is full"
    case .connectionReset: "connection reset by the peer"
    case .connectionAborted: "connection aborted before it was accepted"
    case .notConnected: "not connected"
    case .alreadyConnected: "already connected"
    case .connectionInProgress: "connection in progress: the attempt has not ended"
    case .brokenPipe: "broken pipe: the reading side is gone, or this side was shut down for writing"
    case .timedOut: "timed out: the peer did not answer"
    case .networkDown: "network down"
    case .networkUnreachable: "network unreachable: there is no route"
    case .hostUnreachable: "host unreachable: there is no route"
    case .messageTooLong: "message too long for a datagram of this transport"
    case .destinationAddressRequired: "destination address required: without a peer, the call must name an address"
    case .simulationEnded: "simulation ended: the run is over; let the error end the program"
    case .deadlock: "deadlock: the simulated kernel found that nothing can end the wait; see the simulation's diagnosis"
    default: "other error"
    }
  }
}
