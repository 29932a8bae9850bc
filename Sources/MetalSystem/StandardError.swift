internal import CMetalSystem

/// Writes text to the standard error; what cannot be written is lost, since there is nowhere else to say it.
///
/// Source: write(2), Linux man-pages 6.
package func writeToStandardError(_ text: String) {
  var text = text
  text.withUTF8 { bytes in
    // Safety: the bytes are the text's.
    _ = unsafe metal_write(STDERR_FILENO, bytes.baseAddress, bytes.count)
  }
}
