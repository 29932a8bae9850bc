#if !METAL_WINDOWS
internal import CMetalSystem
public import MetalCore

extension IOError {
  /// Makes the error for a value of `errno`.
  ///
  /// A program's own operation in `perform(_:)` throws this error. For `EAGAIN` the kind of the error is `.wouldBlock`,
  /// so `perform(_:)` returns `nil`.
  ///
  /// Source: errno(3), Linux man-pages 6; `<errno.h>`, POSIX.1-2024.
  public init(errno code: Int32) {
    let kind: Kind =
      switch code {
      case EAGAIN: .wouldBlock
      case EINTR: .interrupted
      case EINVAL, ENAMETOOLONG, ENOTSOCK, EDOM, ELOOP: .invalidInput
      case ENOTSUP, EOPNOTSUPP, ENOSYS, ENOPROTOOPT, EAFNOSUPPORT, EPROTONOSUPPORT, EPROTOTYPE:
        .unsupported
      case EEXIST: .alreadyExists
      case ENOENT, ENOTDIR: .notFound
      case EPERM, EACCES: .permissionDenied
      case EBADF: .badDescriptor
      case EMFILE: .tooManyOpenFiles
      case ENFILE: .tooManyOpenFilesInSystem
      case ENOMEM: .outOfMemory
      case ENOBUFS: .noBufferSpace
      case ENOSPC: .noSpace
      case EADDRINUSE: .addressInUse
      case EADDRNOTAVAIL: .addressNotAvailable
      case ECONNREFUSED: .connectionRefused
      case ECONNRESET: .connectionReset
      case ECONNABORTED: .connectionAborted
      case ENOTCONN: .notConnected
      case EISCONN: .alreadyConnected
      case EALREADY, EINPROGRESS: .connectionInProgress
      case EPIPE, ESHUTDOWN: .brokenPipe
      case ETIMEDOUT: .timedOut
      case ENETDOWN: .networkDown
      case ENETUNREACH: .networkUnreachable
      case EHOSTUNREACH, EHOSTDOWN: .hostUnreachable
      case EMSGSIZE: .messageTooLong
      case EDESTADDRREQ: .destinationAddressRequired
      default: .other
      }
    self.init(kind, code: code)
  }
}
#endif
