internal import CMetalSystem
internal import MetalCore
internal import MetalSystem
internal import Synchronization

/// A pipe that ends the wait of the polling thread.
///
/// The pipe holds at most one byte. All POSIX systems have pipes.
final class Notifier: Sendable {
  private let reader: OwnedDescriptor
  private let writer: OwnedDescriptor
  /// Whether the pipe contains a byte, or a thread is about to write one.
  private let isNotified = Atomic<Bool>(false)

  init() throws(IOError) {
    let ends = try SystemKernel().openPipe()
    reader = OwnedDescriptor(adopting: ends.first)
    writer = OwnedDescriptor(adopting: ends.second)
  }

  /// The descriptor that becomes readable after a notification.
  var descriptor: Int32 { reader.rawDescriptor }

  /// Ends the current wait or the next one, without blocking.
  func notify() throws(IOError) {
    // Releasing: the thread that clears the flag sees everything that this thread did before. Acquiring: a notification
    // that finds the flag set comes after the notification that set the flag.
    if isNotified.exchange(true, ordering: .acquiringAndReleasing) { return }
    let byte: InlineArray<1, UInt8> = [0]
    // `SystemKernel.write` raises no signal, even if another part of the program has closed the reader.
    let result = SystemKernel().write(writer.rawDescriptor, byte.span)
    if !result.isSuccess {
      isNotified.store(false, ordering: .releasing)
      throw SystemKernel.error(for: result)
    }
  }

  /// Takes the notification back, so that the next call of `notify()` writes a byte again.
  func clear() throws(IOError) {
    var byte: UInt8 = 0
    // The call reads the byte before it clears the flag. In the other order, the read could take the byte of a newer
    // notification. If the byte has not arrived yet, it ends one later wait without an event.
    // Safety: the call writes at most one byte, to the local variable.
    let result = unsafe metal_read(reader.rawDescriptor, &byte, 1)
    if result < 0, IOResult(rawValue: result) != SystemKernel.wouldBlock { try SystemKernel.check(Int32(result)) }
    _ = isNotified.exchange(false, ordering: .acquiringAndReleasing)
  }
}
