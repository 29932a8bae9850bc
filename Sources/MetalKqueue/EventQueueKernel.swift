public import MetalCore

/// A kernel with an event queue, which ``KqueueSelector`` needs in addition to the calls of the sources.
///
/// On Darwin and the BSDs `SystemKernel` conforms. A simulated kernel conforms on every platform. A descriptor is a
/// number here, because an event queue names descriptors by their numbers.
public protocol EventQueueKernel: Kernel where Descriptor == Int32 {
  /// Opens an event queue, close-on-exec.
  ///
  /// - Returns: The descriptor of the queue.
  /// - Throws: `.tooManyOpenFiles` if the process can open no more descriptors; `.tooManyOpenFilesInSystem` if the
  ///   system can open no more; `.outOfMemory` if the kernel has no memory for the queue.
  ///
  /// Source: kqueue(2).
  func openEventQueue() throws(IOError) -> Int32

  /// Applies changes to a queue in order, then waits for events and appends them to `events`.
  ///
  /// A change that has ``KernelEvent/Flags/receipt``, or that fails, gets an answer: an entry with
  /// ``KernelEvent/Flags/error`` and an errno. If there is an answer, the call does not wait. If a change fails and
  /// there is no room for the answer, the call ends.
  ///
  /// - Parameters:
  ///   - queue: The queue's descriptor.
  ///   - changes: The changes to make first; may be empty.
  ///   - events: The output for answers and events, as many as there is room for; without room, the call does not wait.
  ///   - nanoseconds: The longest time to wait, in nanoseconds; 0 does not wait, and `nil` waits for ever.
  /// - Returns: The number of appended entries, or the system's error: `EINTR` if a signal ended the wait.
  ///
  /// Source: kevent(2).
  func kevent(
    _ queue: Int32, changes: Span<KernelEvent>, events: inout OutputSpan<KernelEvent>, timeout nanoseconds: Int64?
  ) -> IOResult

  /// Returns whether a descriptor is open.
  ///
  /// The selector calls this method after the kernel has refused, with `EBADF`, to watch a descriptor. NetBSD gives
  /// this error for a closed descriptor, and for an open end of a pipe whose other end is gone.
  ///
  /// Source: `F_GETFD` in fcntl(2).
  func isOpen(_ descriptor: Int32) -> Bool
}
