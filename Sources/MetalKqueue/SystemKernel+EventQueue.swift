#if METAL_DARWIN || METAL_FREEBSD || METAL_NETBSD || METAL_OPENBSD
// Darwin and the BSDs: the system's own event queues. This file was neither compiled nor run on any of them so far.

public import CMetalSystem
public import MetalCore
public import MetalSystem

extension SystemKernel: EventQueueKernel {
  /// Opens an event queue, close-on-exec.
  ///
  /// Source: kqueue(2), `FD_CLOEXEC` in fcntl(2).
  public func openEventQueue() throws(IOError) -> Int32 {
    requireNoSimulation()
    let size = MemoryLayout<metal_kernel_event>.size
    guard MemoryLayout<KernelEvent>.size == size else {
      fatalError(
        "A record of this system's event queues has \(size) bytes, and that of the library does not. Use poll(2).")
    }
    let queue = metal_kqueue()
    try Self.check(queue)
    // A fork between the two calls leaks nothing, because a child does not inherit a queue.
    let result = metal_set_close_on_exec(queue)
    if result < 0 {
      _ = metal_close(queue)
      try Self.check(result)
    }
    return queue
  }

  /// Applies changes to a queue, then waits for its events; the records go to the system and come back as they are.
  ///
  /// Source: kevent(2).
  @inlinable
  public func kevent(
    _ queue: Int32, changes: Span<KernelEvent>, events: inout OutputSpan<KernelEvent>, timeout nanoseconds: Int64?
  ) -> IOResult {
    if let nanoseconds, nanoseconds > Self.longestWait { return waitLong(queue, changes, &events, nanoseconds) }
    return callOnce(queue, changes, &events, nanoseconds)
  }

  /// Whether a descriptor is open.
  ///
  /// Source: `F_GETFD` in fcntl(2).
  public func isOpen(_ descriptor: Int32) -> Bool { metal_check_open(descriptor) >= 0 }

  /// Makes the call.
  @inlinable
  func callOnce(
    _ queue: Int32, _ changes: Span<KernelEvent>, _ events: inout OutputSpan<KernelEvent>, _ nanoseconds: Int64?
  ) -> IOResult {
    // Safety: a record is laid out as the system's, which `metal_kqueue.h` asserts. The call only reads the changes. It
    // writes to the free part of the output at most as many records as fit, and these are then initialized.
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

  /// Nanoseconds that every system waits for in one call.
  ///
  /// macOS refuses a timeout of 2^31 seconds, older ones one of 10^8; some BSDs cut one short that their clock's ticks
  /// cannot count in 32 bits.
  @inlinable static var longestWait: Int64 { 2_000_000 * 1_000_000_000 }

  /// Waits for longer than one call can.
  @usableFromInline @inline(never)
  func waitLong(
    _ queue: Int32, _ changes: Span<KernelEvent>, _ events: inout OutputSpan<KernelEvent>, _ nanoseconds: Int64
  ) -> IOResult {
    var result = callOnce(queue, changes, &events, Self.longestWait)
    var remaining = nanoseconds - Self.longestWait
    // Without room for events nothing is waited for.
    while result == IOResult(rawValue: 0), remaining > 0, events.freeCapacity > 0 {
      result = callOnce(queue, Span(), &events, min(remaining, Self.longestWait))
      remaining -= Self.longestWait
    }
    return result
  }
}

extension Poll where S == KqueueSelector<SystemKernel> {
  /// The queue's descriptor, which stays the poll's: another poll can watch it as a `BorrowedDescriptor`.
  ///
  /// Source: kqueue(2), `EVFILT_READ` on a kqueue.
  public var rawDescriptor: Int32 { registry.selector.queue }
}
#endif
