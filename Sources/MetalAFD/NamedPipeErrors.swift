#if METAL_WINDOWS
internal import CMetalSystem
public import MetalCore

extension IOError {
  /// Makes the error of a call on a named pipe, from a number of GetLastError.
  ///
  /// Source: "System Error Codes" in Microsoft's documentation of Windows.
  init(namedPipe number: Int) {
    let kind: Kind =
      switch number {
      case METAL_ERROR_FILE_NOT_FOUND, METAL_ERROR_PATH_NOT_FOUND, METAL_ERROR_BAD_NETPATH: .notFound
      case METAL_ERROR_TOO_MANY_OPEN_FILES: .tooManyOpenFiles
      case METAL_ERROR_ACCESS_DENIED: .permissionDenied
      case METAL_ERROR_INVALID_HANDLE: .badDescriptor
      case METAL_ERROR_NOT_ENOUGH_MEMORY, METAL_ERROR_COMMITMENT_LIMIT: .outOfMemory
      case METAL_ERROR_NO_SYSTEM_RESOURCES, METAL_ERROR_WORKING_SET_QUOTA: .noBufferSpace
      case METAL_ERROR_INVALID_PARAMETER, METAL_ERROR_INVALID_NAME, METAL_ERROR_BAD_PATHNAME,
        METAL_ERROR_FILENAME_EXCED_RANGE, METAL_ERROR_NO_UNICODE_TRANSLATION:
        .invalidInput
      case METAL_ERROR_BROKEN_PIPE, METAL_ERROR_NO_DATA: .brokenPipe
      case METAL_ERROR_PIPE_NOT_CONNECTED, METAL_ERROR_PIPE_LISTENING, METAL_ERROR_BAD_PIPE: .notConnected
      // Every instance has a client. A listener whose queue is full refuses a connection in the same way.
      case METAL_ERROR_PIPE_BUSY: .connectionRefused
      default: .other
      }
    self.init(kind, code: Int32(truncatingIfNeeded: number))
  }

  /// Throws the error of a call that returned a negated number.
  static func checkNamedPipe(_ result: Int) throws(IOError) {
    if result < 0 { throw IOError(namedPipe: -result) }
  }
}
#endif
