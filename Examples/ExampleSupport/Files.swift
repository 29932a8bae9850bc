#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(ucrt)
internal import ucrt

// Safety: the path ends with a zero.
@unsafe private func unlink(_ path: UnsafePointer<CChar>) -> Int32 { unsafe _unlink(path) }
#endif

/// Removes a file if it exists.
public func removeFile(_ path: String) {
  // Safety: the string's bytes are lent for the call.
  unsafe path.withCString { _ = unsafe unlink($0) }
}
