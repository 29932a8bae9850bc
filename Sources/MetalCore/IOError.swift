/// Why an operation failed: a portable kind, and the system's own number for it.
///
/// Every throwing call of the library throws exactly this type (`throws(IOError)`). It is a trivial value: throwing
/// it allocates nothing. A `catch` matches by kind alone:
///
/// ```swift
/// do {
///   let count = try stream.read(into: buffer.mutableSpan)
/// } catch .wouldBlock {
///   return                                    // wait for the next event
/// } catch .connectionReset, .brokenPipe {
///   drop(connection)
/// }
/// ```
///
/// Two errors are equal if both kind and code are equal.
@frozen
public struct IOError: Error, Hashable, Sendable, BitwiseCopyable {
  /// What went wrong, in portable terms.
  public let kind: Kind

  /// The platform's `errno`, or 0 where the library itself found the mistake.
  public let code: Int32

  /// Makes an error of a kind, with the system's number where there is one.
  @inlinable
  public init(_ kind: Kind, code: Int32 = 0) {
    self.kind = kind
    self.code = code
  }

  /// Returns whether an error is of a kind, whatever its code: what lets `catch .wouldBlock` match.
  @inlinable
  public static func ~= (kind: Kind, error: IOError) -> Bool {
    error.kind == kind
  }

  /// Throws an error that the library itself found, apart from the callers, which are on the success path.
  @usableFromInline
  @inline(never)
  static func raise(_ kind: Kind) throws(IOError) -> Never {
    throw IOError(kind)
  }
}

extension IOError {
  /// The portable kinds of failure.
  ///
  /// Further kinds may be added, so a `switch` outside this package needs an `@unknown default`.
  ///
  /// Source for the errno names: POSIX.1-2024 `<errno.h>`; errno(3), Linux man-pages 6.
  @nonexhaustive
  public enum Kind: UInt8, Hashable, Sendable, BitwiseCopyable {
    /// The call cannot be completed now; an event will say when to try again (`EAGAIN`, `EWOULDBLOCK`).
    case wouldBlock
    /// A signal arrived before the call could do anything (`EINTR`).
    case interrupted
    /// An argument is out of range or makes no sense for the object (`EINVAL`, `ENAMETOOLONG`, `ENOTSOCK`, `EDOM`,
    /// `ELOOP`, and the library's own checks).
    case invalidInput
    /// The system, or the selector, does not offer the operation (`ENOTSUP`, `EOPNOTSUPP`, `ENOSYS`, `ENOPROTOOPT`,
    /// `EAFNOSUPPORT`, `EPROTONOSUPPORT`, `EPROTOTYPE`).
    case unsupported
    /// The source is registered already, or the thing to create exists (`EEXIST`).
    case alreadyExists
    /// The source is not registered with this poll, or the thing named does not exist (`ENOENT`,
    /// `ENOTDIR`).
    case notFound
    /// The operation is not allowed to this process or on this object (`EPERM`, `EACCES`).
    case permissionDenied
    /// The descriptor is closed or was never open (`EBADF`).
    case badDescriptor
    /// The process has as many descriptors open as it may (`EMFILE`).
    case tooManyOpenFiles
    /// The whole system has as many files open as it may (`ENFILE`).
    case tooManyOpenFilesInSystem
    /// The system has no memory for the operation (`ENOMEM`).
    case outOfMemory
    /// The system has no buffer space for the operation (`ENOBUFS`).
    case noBufferSpace
    /// A limit on registrations or storage has been reached (`ENOSPC`).
    case noSpace
    /// Another socket holds the address (`EADDRINUSE`).
    case addressInUse
    /// The address does not belong to this machine, or no port is free (`EADDRNOTAVAIL`).
    case addressNotAvailable
    /// Nobody listens at the address, or a Unix-domain listener's queue is full (`ECONNREFUSED`).
    case connectionRefused
    /// The peer ended the connection forcibly (`ECONNRESET`).
    case connectionReset
    /// The connection was ended before it could be accepted (`ECONNABORTED`).
    case connectionAborted
    /// The socket is not connected (`ENOTCONN`).
    case notConnected
    /// The socket is connected already (`EISCONN`).
    case alreadyConnected
    /// A connection attempt is still under way (`EALREADY`, `EINPROGRESS`).
    case connectionInProgress
    /// The reading side is gone, or this side has been shut down for writing (`EPIPE`,
    /// `ESHUTDOWN`).
    case brokenPipe
    /// The peer did not answer in time (`ETIMEDOUT`).
    case timedOut
    /// The network interface is down (`ENETDOWN`).
    case networkDown
    /// There is no route to the network (`ENETUNREACH`).
    case networkUnreachable
    /// There is no route to the host (`EHOSTUNREACH`, `EHOSTDOWN`).
    case hostUnreachable
    /// The datagram is larger than the transport carries (`EMSGSIZE`).
    case messageTooLong
    /// The socket has no peer and the call named none (`EDESTADDRREQ`).
    case destinationAddressRequired
    /// The simulated kernel found that nothing can end the wait: nothing is scheduled, or nothing happens however often
    /// the program asks.
    case deadlock
    /// Something else; ``IOError/code`` says what.
    case other
  }
}

extension IOError: CustomStringConvertible {
  /// The kind in words and, where the system gave one, its number.
  public var description: String {
    code == 0 ? kind.description : "\(kind.description) (errno \(code))"
  }
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
    case .notFound:
      "not found: the source is not registered with this poll, or the thing named does not exist"
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
    case .destinationAddressRequired:
      "destination address required: the socket has no peer and the call named none"
    case .deadlock:
      "deadlock: the simulated kernel found that nothing can end the wait; see the simulation's diagnosis"
    case .other: "other error"
    }
  }
}
