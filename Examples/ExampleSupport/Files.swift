#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(ucrt)
internal import ucrt
#endif

/// Removes a file if it exists.
public func removeFile(_ path: String) {
  // Safety: the string's bytes are lent for the call.
  #if canImport(ucrt)
  unsafe path.withCString { _ = unsafe _unlink($0) }
  #else
  unsafe path.withCString { _ = unsafe unlink($0) }
  #endif
}
