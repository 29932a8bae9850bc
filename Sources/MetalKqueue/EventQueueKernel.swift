public import MetalCore

/// A kernel that also has event queues, as ``KqueueSelector`` requires.
///
/// `SystemKernel` conforms to this protocol on Darwin and the BSDs. A simulated kernel conforms on every platform. A
/// descriptor is an `Int32`, because an event queue names descriptors by their numbers.
public protocol EventQueueKernel: Kernel where Descriptor == Int32 {
  /// Opens an event queue that is close-on-exec.
  ///
  /// - Returns: The descriptor of the queue.
  /// - Throws: `.tooManyOpenFiles` if the process can open no more descriptors; `.tooManyOpenFilesInSystem` if the
  ///   system can open no more; `.outOfMemory` if the kernel has no memory for the queue.
  ///
  /// Source: kqueue(2).
  func openEventQueue() throws(IOError) -> Int32

  /// Applies changes to a queue, and then waits for events.
  ///
  /// The kernel makes the changes in order. The kernel answers each change that has ``KernelEvent/Flags/receipt``, and
  /// each change that fails.
  ///
  /// - An answer is an entry with ``KernelEvent/Flags/error`` and an errno.
  /// - If there is an answer, the call does not wait.
  /// - If a change fails and `events` has no room for the answer, the call ends.
  ///
  /// - Parameters:
  ///   - queue: The queue's descriptor.
  ///   - changes: The changes to make first, or an empty span.
  ///   - events: The output for answers and events. If the output has no room, the call does not wait.
  ///   - nanoseconds: The longest time to wait, in nanoseconds. With 0 the call does not wait, and with `nil` the call
  ///     waits for ever.
  /// - Returns: The number of appended entries, or the system's error: `EINTR` if a signal ended the wait.
  ///
  /// Source: kevent(2).
  func kevent(
    _ queue: Int32, changes: Span<KernelEvent>, events: inout OutputSpan<KernelEvent>, timeout nanoseconds: Int64?
  ) -> IOResult

  /// Returns whether a descriptor is open.
  ///
  /// The selector calls this method after the kernel has refused, with `EBADF`, to watch a descriptor. NetBSD returns
  /// `EBADF` for a closed descriptor, and for an open end of a pipe whose other end is gone.
  ///
  /// Source: `F_GETFD` in fcntl(2).
  func isOpen(_ descriptor: Int32) -> Bool
}
