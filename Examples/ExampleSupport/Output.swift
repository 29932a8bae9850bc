#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(ucrt)
internal import ucrt

// Safety: the caller passes the size of the bytes.
@unsafe private func write(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int32 {
  unsafe _write(file, bytes, UInt32(count))
}
#endif

/// Prints a line and flushes it, so that a reader of a pipe sees it at once.
public func announce(_ line: String) {
  print(line)
  // Without a stream, the call flushes all streams.
  fflush(nil)
}

/// Writes a line to the standard error and ends the process with status 1.
public func fail(_ message: String) -> Never {
  let line = Array((message + "\n").utf8)
  // Safety: the call reads the array's bytes.
  unsafe line.withUnsafeBytes { _ = unsafe write(2, $0.baseAddress, $0.count) }
  exit(1)
}
