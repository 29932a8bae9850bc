internal import CMetalCrashNotes

/// A text that a thread writes to the standard error if the thread crashes.
///
/// `@unchecked Sendable`: the bytes do not change.
@safe
final class CrashNote: @unchecked Sendable {
  private let bytes: UnsafeMutableBufferPointer<UInt8>

  /// Installs the handlers for fatal signals once.
  private static let installed: Void = metal_crash_notes_install()

  init(_ text: String) {
    Self.installed
    // Safety: this line initializes the bytes, and `deinit` frees them.
    unsafe bytes = .allocate(capacity: text.utf8.count)
    _ = unsafe bytes.initialize(from: text.utf8)
  }

  deinit { unsafe bytes.deallocate() }

  /// Sets the text as the note of the calling thread.
  ///
  /// The object must live until the thread ends or removes its note.
  func set() {
    // Safety: the caller keeps the object alive, and the object owns the bytes.
    unsafe metal_crash_note_set(bytes.baseAddress, bytes.count)
  }

  /// Removes the note of the calling thread.
  static func remove() { metal_crash_note_set(nil, 0) }
}
