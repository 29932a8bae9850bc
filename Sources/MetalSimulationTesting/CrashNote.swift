internal import CMetalCrashNotes

/// A text that a thread writes to the standard error if it crashes.
///
/// `@unchecked Sendable`: the bytes do not change.
@safe
final class CrashNote: @unchecked Sendable {
  private let bytes: UnsafeMutableBufferPointer<UInt8>

  /// Installs the handlers of fatal signals, once.
  private static let installed: Void = metal_crash_notes_install()

  init(_ text: String) {
    Self.installed
    // Safety: the bytes are initialized here, and freed in `deinit`.
    unsafe bytes = .allocate(capacity: text.utf8.count)
    _ = unsafe bytes.initialize(from: text.utf8)
  }

  deinit { unsafe bytes.deallocate() }

  /// Makes the text the note of the calling thread.
  ///
  /// The object must live until the thread has ended or has removed its note.
  func set() {
    // Safety: the caller keeps the object, and with it the bytes.
    unsafe metal_crash_note_set(bytes.baseAddress, bytes.count)
  }

  /// Removes the note of the calling thread.
  static func remove() { metal_crash_note_set(nil, 0) }
}
