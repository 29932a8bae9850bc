internal import CMetalSystem
internal import MetalCore

extension IOError {
  /// Makes the error for a system error number.
  ///
  /// Source: errno(3), Linux man-pages 6; `<errno.h>`, POSIX.1-2024.
  package init(errno code: Int32) {
    self.init(Kind(errno: code), code: code)
  }
}

extension IOError.Kind {
  fileprivate init(errno code: Int32) {
    self =
      switch Int(code) {
      case METAL_EAGAIN: .wouldBlock
      case METAL_EINTR: .interrupted
      case METAL_EINVAL, METAL_ENAMETOOLONG, METAL_ENOTSOCK, METAL_EDOM, METAL_ELOOP: .invalidInput
      case METAL_ENOTSUP, METAL_EOPNOTSUPP, METAL_ENOSYS, METAL_ENOPROTOOPT, METAL_EAFNOSUPPORT,
        METAL_EPROTONOSUPPORT, METAL_EPROTOTYPE:
        .unsupported
      case METAL_EEXIST: .alreadyExists
      case METAL_ENOENT, METAL_ENOTDIR: .notFound
      case METAL_EPERM, METAL_EACCES: .permissionDenied
      case METAL_EBADF: .badDescriptor
      case METAL_EMFILE: .tooManyOpenFiles
      case METAL_ENFILE: .tooManyOpenFilesInSystem
      case METAL_ENOMEM: .outOfMemory
      case METAL_ENOBUFS: .noBufferSpace
      case METAL_ENOSPC: .noSpace
      case METAL_EADDRINUSE: .addressInUse
      case METAL_EADDRNOTAVAIL: .addressNotAvailable
      case METAL_ECONNREFUSED: .connectionRefused
      case METAL_ECONNRESET: .connectionReset
      case METAL_ECONNABORTED: .connectionAborted
      case METAL_ENOTCONN: .notConnected
      case METAL_EISCONN: .alreadyConnected
      case METAL_EALREADY, METAL_EINPROGRESS: .connectionInProgress
      case METAL_EPIPE, METAL_ESHUTDOWN: .brokenPipe
      case METAL_ETIMEDOUT: .timedOut
      case METAL_ENETDOWN: .networkDown
      case METAL_ENETUNREACH: .networkUnreachable
      case METAL_EHOSTUNREACH, METAL_EHOSTDOWN: .hostUnreachable
      case METAL_EMSGSIZE: .messageTooLong
      case METAL_EDESTADDRREQ: .destinationAddressRequired
      default: .other
      }
  }
}
