internal import CMetalSystem
internal import MetalCore
internal import MetalSystem
internal import Synchronization

/// What ends the wait of the thread that polls: a pipe, which is POSIX everywhere, with at most one byte in it.
final class Notifier: Sendable {
  private let reader: OwnedDescriptor
  private let writer: OwnedDescriptor
  /// Whether a byte is in the pipe, or about to be.
  private let isNotified = Atomic<Bool>(false)

  init() throws(IOError) {
    let ends = try SystemKernel().openPipe()
    reader = OwnedDescriptor(adopting: ends.first)
    writer = OwnedDescriptor(adopting: ends.second)
  }

  /// The descriptor that is readable after a notification.
  var descriptor: Int32 { reader.rawDescriptor }

  /// Ends the present wait or the next one; never blocks.
  func notify() throws(IOError) {
    // Releasing: what this thread did before is seen by the one that clears the flag. Acquiring: a notification that is
    // left out is ordered after the one that stands for it.
    if isNotified.exchange(true, ordering: .acquiringAndReleasing) { return }
    let byte: InlineArray<1, UInt8> = [0]
    // By the kernel's call, which raises no signal if somebody has closed the reader.
    let result = SystemKernel().write(writer.rawDescriptor, byte.span)
    if !result.isSuccess {
      isNotified.store(false, ordering: .releasing)
      throw SystemKernel.error(for: result)
    }
  }

  /// Takes the notification back, so that the next one is a new one.
  func clear() throws(IOError) {
    var byte: UInt8 = 0
    // Safety: the call writes at most one byte. The byte goes before the flag, or it could be that of a notification
    // which found the flag clear and would be lost. That it is not there yet is no harm: it ends a wait for nothing.
    let result = unsafe metal_read(reader.rawDescriptor, &byte, 1)
    if result < 0, IOResult(rawValue: result) != SystemKernel.wouldBlock { try SystemKernel.check(Int32(result)) }
    _ = isNotified.exchange(false, ordering: .acquiringAndReleasing)
  }
}
