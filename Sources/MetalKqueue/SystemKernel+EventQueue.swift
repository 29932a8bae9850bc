#if METAL_DARWIN || METAL_FREEBSD || METAL_NETBSD || METAL_OPENBSD
// The system's own event queues on Darwin and the BSDs. The project has neither compiled nor run this file there.

public import CMetalSystem
public import MetalCore
public import MetalSystem

extension SystemKernel: EventQueueKernel {
  /// Opens an event queue that is close-on-exec.
  ///
  /// - Throws: `.tooManyOpenFiles` if the process can open no more descriptors; `.tooManyOpenFilesInSystem` if the
  ///   system can open no more; `.outOfMemory` if the kernel has no memory for the queue.
  ///
  /// Source: kqueue(2), `FD_CLOEXEC` in fcntl(2).
  public func openEventQueue() throws(IOError) -> Int32 {
    requireNoSimulation()
    let size = MemoryLayout<metal_kernel_event>.size
    guard MemoryLayout<KernelEvent>.size == size else {
      fatalError(
        "An event record of this system has \(size) bytes, and the library's record has another size. Use poll(2).")
    }
    let queue = metal_kqueue()
    try Self.check(queue)
    // A fork between the two calls leaks no queue, because a child does not inherit queues.
    let result = metal_set_close_on_exec(queue)
    if result < 0 {
      _ = metal_close(queue)
      try Self.check(result)
    }
    return queue
  }

  /// Applies changes to a queue, and then waits for events.
  ///
  /// The system reads and writes the records without conversion.
  ///
  /// Source: kevent(2).
  @inlinable
  public func kevent(
    _ queue: Int32, changes: Span<KernelEvent>, events: inout OutputSpan<KernelEvent>, timeout nanoseconds: Int64?
  ) -> IOResult {
    if let nanoseconds, nanoseconds > Self.longestWait { return waitLong(queue, changes, &events, nanoseconds) }
    return callOnce(queue, changes, &events, nanoseconds)
  }

  /// Returns whether a descriptor is open.
  ///
  /// Source: `F_GETFD` in fcntl(2).
  public func isOpen(_ descriptor: Int32) -> Bool { metal_check_open(descriptor) >= 0 }

  /// Makes one system call.
  @inlinable
  func callOnce(
    _ queue: Int32, _ changes: Span<KernelEvent>, _ events: inout OutputSpan<KernelEvent>, _ nanoseconds: Int64?
  ) -> IOResult {
    // Safety: a record has the layout of the system's `struct kevent`, as `metal_kqueue.h` asserts. The call only reads
    // the changes. The kernel initializes the records that it writes to the free part of the output, at most as many as
    // fit.
    unsafe changes.withUnsafeBufferPointer { changes in
      unsafe events.withUnsafeMutableBufferPointer { memory, initializedCount in
        let start = unsafe memory.baseAddress.map { unsafe $0 + initializedCount }
        let changeCount = Int32(clamping: changes.count)
        let capacity = Int32(clamping: memory.count - initializedCount)
        let result =
          if let nanoseconds {
            unsafe metal_kevent(queue, changes.baseAddress, changeCount, start, capacity, nanoseconds)
          } else {
            unsafe metal_kevent_forever(queue, changes.baseAddress, changeCount, start, capacity)
          }
        if result > 0 { initializedCount += Int(result) }
        return IOResult(rawValue: Int(result))
      }
    }
  }

  /// The longest timeout that every system accepts in one call, in nanoseconds.
  ///
  /// macOS refuses a timeout of 2^31 seconds, and older versions refuse 10^8 seconds. Some BSDs shorten a timeout if
  /// its clock ticks exceed 32 bits.
  @inlinable static var longestWait: Int64 { 2_000_000 * 1_000_000_000 }

  /// Waits for longer than one system call can wait.
  @usableFromInline @inline(never)
  func waitLong(
    _ queue: Int32, _ changes: Span<KernelEvent>, _ events: inout OutputSpan<KernelEvent>, _ nanoseconds: Int64
  ) -> IOResult {
    var result = callOnce(queue, changes, &events, Self.longestWait)
    var remaining = nanoseconds - Self.longestWait
    // Without room for events, the call does not wait.
    while result == IOResult(rawValue: 0), remaining > 0, events.freeCapacity > 0 {
      result = callOnce(queue, Span(), &events, min(remaining, Self.longestWait))
      remaining -= Self.longestWait
    }
    return result
  }
}

extension Poll where S == KqueueSelector<SystemKernel> {
  /// The descriptor of the queue.
  ///
  /// The poll owns the descriptor. Another poll can watch the descriptor as a `BorrowedDescriptor`.
  ///
  /// Source: kqueue(2), `EVFILT_READ` on a kqueue.
  public var rawDescriptor: Int32 { registry.selector.queue }
}
#endif
