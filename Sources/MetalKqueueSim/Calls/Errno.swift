internal import MetalCore

/// The error numbers of macOS and FreeBSD, which the simulated kernel returns.
enum Errno: Int32, Error {
  case noEntry = 2  // ENOENT
  case interrupted = 4  // EINTR
  case badDescriptor = 9  // EBADF
  case deadlock = 11  // EDEADLK
  case accessDenied = 13  // EACCES
  case invalid = 22  // EINVAL
  case tooManyOpenFiles = 24  // EMFILE
  case brokenPipe = 32  // EPIPE
  case wouldBlock = 35  // EAGAIN
  case inProgress = 36  // EINPROGRESS
  case already = 37  // EALREADY
  case notSocket = 38  // ENOTSOCK
  case destinationRequired = 39  // EDESTADDRREQ
  case messageTooLong = 40  // EMSGSIZE
  case wrongProtocol = 41  // EPROTOTYPE
  case noSuchOption = 42  // ENOPROTOOPT
  case notSupported = 45  // ENOTSUP on macOS, EOPNOTSUPP on FreeBSD
  case familyNotSupported = 47  // EAFNOSUPPORT
  case addressInUse = 48  // EADDRINUSE
  case addressNotAvailable = 49  // EADDRNOTAVAIL
  case networkUnreachable = 51  // ENETUNREACH
  case connectionAborted = 53  // ECONNABORTED
  case connectionReset = 54  // ECONNRESET
  case noBufferSpace = 55  // ENOBUFS
  case alreadyConnected = 56  // EISCONN
  case notConnected = 57  // ENOTCONN
  case tooManyReferences = 59  // ETOOMANYREFS
  case timedOut = 60  // ETIMEDOUT
  case connectionRefused = 61  // ECONNREFUSED
  case hostUnreachable = 65  // EHOSTUNREACH
  case canceled = 89  // ECANCELED
}

extension Errno {
  /// The library's kind of error for the number.
  var kind: IOError.Kind {
    switch self {
    case .accessDenied: .permissionDenied
    case .noEntry: .notFound
    case .interrupted: .interrupted
    case .badDescriptor: .badDescriptor
    case .deadlock: .deadlock
    case .invalid, .notSocket: .invalidInput
    case .tooManyOpenFiles: .tooManyOpenFiles
    case .brokenPipe: .brokenPipe
    case .wouldBlock: .wouldBlock
    case .inProgress, .already: .connectionInProgress
    case .destinationRequired: .destinationAddressRequired
    case .messageTooLong: .messageTooLong
    case .noSuchOption, .notSupported, .familyNotSupported, .wrongProtocol: .unsupported
    case .addressInUse: .addressInUse
    case .addressNotAvailable: .addressNotAvailable
    case .networkUnreachable: .networkUnreachable
    case .connectionAborted: .connectionAborted
    case .connectionReset: .connectionReset
    case .noBufferSpace, .tooManyReferences: .noBufferSpace
    case .alreadyConnected: .alreadyConnected
    case .notConnected: .notConnected
    case .timedOut: .timedOut
    case .connectionRefused: .connectionRefused
    case .hostUnreachable: .hostUnreachable
    case .canceled: .simulationEnded
    }
  }

  /// The error that a program sees.
  ///
  /// A deadlock and the end of the simulation have the code 0, because no system has a number for them.
  var error: IOError { IOError(kind, code: self == .deadlock || self == .canceled ? 0 : rawValue) }
}

extension IOResult {
  /// The result of a call that failed.
  static func failure(_ errno: Errno) -> IOResult { IOResult(rawValue: -Int(errno.rawValue)) }

  /// Makes the result of a call: the count that `body` returns, or a failure with the error that `body` throws.
  init(catching body: () throws(Errno) -> Int) {
    do throws(Errno) { self.init(rawValue: try body()) } catch { self = .failure(error) }
  }

  /// The result of a call that succeeded, with a count.
  static func success(_ count: Int = 0) -> IOResult { IOResult(rawValue: count) }

  /// The error number of a failed call; `nil` for a call that succeeded.
  var errno: Errno? { isSuccess ? nil : Errno(rawValue: Int32(truncatingIfNeeded: -rawValue)) }
}
