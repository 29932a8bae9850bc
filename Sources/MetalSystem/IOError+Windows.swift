#if METAL_WINDOWS
public import MetalCore

extension IOError {
  /// Makes the error for a number of Winsock, or for a number that GetLastError returns.
  ///
  /// A program's own operation in `perform(_:)` throws this error. For `WSAEWOULDBLOCK` the kind of the error is
  /// `.wouldBlock`, so `perform(_:)` returns `nil`. The C library of Windows has other values of `errno`.
  ///
  /// Source: "Windows Sockets Error Codes" and "System Error Codes"; Microsoft's documentation.
  public init(errno code: Int32) {
    self.init(code < 10000 ? Self.kind(ofSystem: code) : Self.kind(ofWinsock: code), code: code)
  }

  private static func kind(ofWinsock code: Int32) -> Kind {
    switch code {
    case 10035: .wouldBlock  // WSAEWOULDBLOCK
    case 10004: .interrupted  // WSAEINTR
    // WSAEFAULT, WSAEINVAL, WSAELOOP, WSAENAMETOOLONG. Winsock returns WSAEFAULT for an address of a shorter family.
    case 10014, 10022, 10062, 10063: .invalidInput
    // From WSAEPROTOTYPE to WSAEAFNOSUPPORT, and WSAVERNOTSUPPORTED.
    case 10041...10047, 10092: .unsupported
    case 10013: .permissionDenied  // WSAEACCES
    // WSAEBADF, WSAENOTSOCK. Winsock returns WSAENOTSOCK for a closed socket.
    case 10009, 10038: .badDescriptor
    case 10024: .tooManyOpenFiles  // WSAEMFILE
    case 10055: .noBufferSpace  // WSAENOBUFS
    case 10048: .addressInUse  // WSAEADDRINUSE
    case 10049: .addressNotAvailable  // WSAEADDRNOTAVAIL
    case 10061: .connectionRefused  // WSAECONNREFUSED
    case 10052, 10054: .connectionReset  // WSAENETRESET, WSAECONNRESET
    case 10053: .connectionAborted  // WSAECONNABORTED
    case 10057: .notConnected  // WSAENOTCONN
    case 10056: .alreadyConnected  // WSAEISCONN
    case 10036, 10037: .connectionInProgress  // WSAEINPROGRESS, WSAEALREADY
    case 10058: .brokenPipe  // WSAESHUTDOWN
    case 10060: .timedOut  // WSAETIMEDOUT
    case 10050, 10091: .networkDown  // WSAENETDOWN, WSASYSNOTREADY
    case 10051: .networkUnreachable  // WSAENETUNREACH
    case 10064, 10065: .hostUnreachable  // WSAEHOSTDOWN, WSAEHOSTUNREACH
    case 10040: .messageTooLong  // WSAEMSGSIZE
    case 10039: .destinationAddressRequired  // WSAEDESTADDRREQ
    default: .other
    }
  }

  private static func kind(ofSystem code: Int32) -> Kind {
    switch code {
    case 997: .wouldBlock  // ERROR_IO_PENDING
    // ERROR_INVALID_PARAMETER, ERROR_INVALID_NAME, ERROR_BAD_PATHNAME, ERROR_FILENAME_EXCED_RANGE,
    // ERROR_NO_UNICODE_TRANSLATION
    case 87, 123, 161, 206, 1113: .invalidInput
    case 1, 50, 120: .unsupported  // ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED, ERROR_CALL_NOT_IMPLEMENTED
    case 80, 183: .alreadyExists  // ERROR_FILE_EXISTS, ERROR_ALREADY_EXISTS
    // ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND, ERROR_BAD_NETPATH, ERROR_NOT_FOUND
    case 2, 3, 53, 1168: .notFound
    case 5: .permissionDenied  // ERROR_ACCESS_DENIED
    case 6: .badDescriptor  // ERROR_INVALID_HANDLE
    case 4: .tooManyOpenFiles  // ERROR_TOO_MANY_OPEN_FILES
    case 8, 14, 1455: .outOfMemory  // ERROR_NOT_ENOUGH_MEMORY, ERROR_OUTOFMEMORY, ERROR_COMMITMENT_LIMIT
    // ERROR_NO_SYSTEM_RESOURCES, ERROR_WORKING_SET_QUOTA, ERROR_PAGEFILE_QUOTA, ERROR_NOT_ENOUGH_QUOTA
    case 1450, 1453, 1454, 1816: .noBufferSpace
    case 112: .noSpace  // ERROR_DISK_FULL
    // ERROR_PIPE_BUSY, ERROR_CONNECTION_REFUSED. A pipe is busy if each of its instances has a client. A listener whose
    // queue is full refuses a connection in the same way.
    case 231, 1225: .connectionRefused
    case 64: .connectionReset  // ERROR_NETNAME_DELETED
    case 1236: .connectionAborted  // ERROR_CONNECTION_ABORTED
    case 230, 233, 536: .notConnected  // ERROR_BAD_PIPE, ERROR_PIPE_NOT_CONNECTED, ERROR_PIPE_LISTENING
    case 535: .alreadyConnected  // ERROR_PIPE_CONNECTED
    case 109, 232: .brokenPipe  // ERROR_BROKEN_PIPE, ERROR_NO_DATA
    case 121, 258, 1460: .timedOut  // ERROR_SEM_TIMEOUT, WAIT_TIMEOUT, ERROR_TIMEOUT
    case 234: .messageTooLong  // ERROR_MORE_DATA
    default: .other
    }
  }
}
#endif
