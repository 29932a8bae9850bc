internal import CMetalSystem

/// Writes text to the standard error.
///
/// The function ignores an error of the write.
///
/// Source: write(2), Linux man-pages 6. WriteFile; Microsoft's documentation.
package func writeToStandardError(_ text: String) {
  var text = text
  text.withUTF8 { bytes in
    // Safety: the call reads only the bytes of the text.
    #if METAL_WINDOWS
    _ = unsafe metal_write_error(bytes.baseAddress, bytes.count)
    #else
    _ = unsafe metal_write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    #endif
  }
}
