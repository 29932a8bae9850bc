public import MetalCore

/// A kernel that also offers an event queue, which ``KqueueSelector`` needs besides the calls that the sources make.
///
/// On Darwin and the BSDs `SystemKernel` conforms; in memory a simulated kernel does. A descriptor is a number here,
/// since the queue names it by that number.
public protocol EventQueueKernel: Kernel where Descriptor == Int32 {
  /// Opens an event queue, close-on-exec.
  ///
  /// - Throws: `.tooManyOpenFiles`, `.tooManyOpenFilesInSystem` or `.outOfMemory`.
  ///
  /// Source: kqueue(2).
  func openEventQueue() throws(IOError) -> Int32

  /// Applies changes to a queue in order, then appends its events to those in `events`, waiting for the first.
  ///
  /// A change that carries ``KernelEvent/Flags/receipt``, or fails, is answered by an entry with
  /// ``KernelEvent/Flags/error`` and its errno; if there is any such entry, nothing is waited for. A change that fails
  /// where there is no room for its entry ends the call.
  ///
  /// - Parameters:
  ///   - queue: The queue's descriptor.
  ///   - changes: The changes to make first; may be empty.
  ///   - events: Where answers and events go, as many as there is room for; without room nothing is waited for.
  ///   - nanoseconds: Longest time to wait; 0 does not wait, `nil` waits for ever.
  /// - Returns: The number of entries appended, or the system's error: `EINTR` if a signal ended the wait.
  ///
  /// Source: kevent(2).
  func kevent(
    _ queue: Int32, changes: Span<KernelEvent>, events: inout OutputSpan<KernelEvent>, timeout nanoseconds: Int64?
  ) -> IOResult

  /// Whether a descriptor is open.
  ///
  /// The selector asks when the kernel has refused to watch a descriptor with `EBADF`. NetBSD gives this error for a
  /// closed descriptor, and for an open end of a pipe whose other end is gone.
  ///
  /// Source: `F_GETFD` in fcntl(2).
  func isOpen(_ descriptor: Int32) -> Bool
}
