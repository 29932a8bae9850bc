#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Removes a file if it exists.
public func removeFile(_ path: String) {
  // Safety: the string's bytes are lent for the call.
  unsafe path.withCString { _ = unsafe unlink($0) }
}
