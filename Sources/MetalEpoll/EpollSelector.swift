#if METAL_LINUX
public import CMetalSystem
public import MetalCore
public import MetalSystem

/// The selector on Linux's readiness queue: edge-triggered epoll, with an eventfd for each waker.
///
/// A program names this type once, in `typealias Poll = MetalCore.Poll<EpollSelector>`, and uses it through `Poll`. A
/// registration call is one system call that takes effect at once. The guide "Choosing a backend" compares the
/// selectors.
///
/// Source: epoll(7), epoll_create1(2), epoll_ctl(2), epoll_wait(2), epoll_pwait2(2), eventfd(2); Linux man-pages 6.
public final class EpollSelector: Selector {
  /// The operating system.
  public typealias K = SystemKernel
  /// The kernel's own event record.
  public typealias Event = EpollEvent
  /// The number of the selector that watches a source.
  public typealias Registration = SelectorNumber

  @usableFromInline let epoll: Int32

  @usableFromInline let identity: SelectorIdentity

  /// The wakers with a pending wake, for which a further wake needs no write.
  @usableFromInline let pendingWakes = PendingWakes()

  let timedWait: TimedWait

  /// Makes an empty selector.
  ///
  /// - Parameter kernel: The operating system.
  ///
  /// - Throws: `.tooManyOpenFiles` or `.tooManyOpenFilesInSystem` if no descriptor is left. `.outOfMemory` if the
  ///   system has no memory. `.noSpace` if the process has made 4,294,967,295 selectors.
  /// - Complexity: One system call; allocates.
  ///
  /// Source: epoll_create1(2); Linux man-pages 6.
  public convenience init(on kernel: SystemKernel) throws(IOError) {
    kernel.requireNoSimulation()
    try self.init(hasFineWait: true)
  }

  /// Makes an empty selector.
  ///
  /// Without `hasFineWait` the selector waits as on a kernel before 5.11.
  package init(hasFineWait: Bool) throws(IOError) {
    let epoll = metal_epoll_create()
    try SystemKernel.check(epoll)
    // The owner closes the descriptor if `SelectorIdentity` throws.
    let owner = OwnedDescriptor(adopting: epoll)
    identity = try SelectorIdentity()
    self.epoll = owner.release()
    timedWait = TimedWait(hasFineWait: hasFineWait)
  }

  deinit {
    _ = metal_close(epoll)
  }

  /// The operating system.
  @inlinable public var kernel: SystemKernel { SystemKernel() }

}

extension Poll where S == EpollSelector {
  /// The number of the epoll descriptor, which the poll closes.
  ///
  /// Another poll can watch the descriptor as a `BorrowedDescriptor`.
  ///
  /// - Complexity: O(1); no allocation.
  ///
  /// Source: epoll(7), "Questions and answers".
  public var rawDescriptor: Int32 { registry.selector.epoll }
}

// MARK: - Registration

extension EpollSelector {
  /// Starts to watch a descriptor.
  ///
  /// - Throws: `.alreadyExists` if a live selector watches the source, or if this selector watches the descriptor.
  ///   `.badDescriptor` if the descriptor is not open. `.permissionDenied` for a file that is always ready.
  ///   `.invalidInput` for the descriptor of a poll that would watch itself, directly or through other polls.
  ///   `.noSpace` or `.outOfMemory` if the system can watch no more descriptors.
  /// - Complexity: One system call, O(log registered); no allocation.
  ///
  /// Source: epoll_ctl(2), `EPOLL_CTL_ADD`; Linux man-pages 6.
  @inlinable
  public func register(
    _ descriptor: Int32, _ registration: inout SelectorNumber, token: Token, interests: Interests
  ) throws(IOError) {
    try registration.requireUnregistered()
    try control(EPOLL_CTL_ADD, descriptor, token: token, interests: interests)
    registration = identity.number
  }

  /// Replaces the token and the interests of a descriptor, and re-arms it.
  ///
  /// - Throws: `.notFound` if this selector does not watch the source, or if the number belongs to another file now.
  ///   `.badDescriptor` if the descriptor is closed. `.permissionDenied` if the number belongs to a file that is always
  ///   ready. `.outOfMemory` if the system has no memory. After `.badDescriptor`, `.permissionDenied` and the second
  ///   cause of `.notFound`, the selector does not watch the source.
  /// - Complexity: One system call, O(log registered); no allocation.
  ///
  /// Source: epoll_ctl(2), `EPOLL_CTL_MOD`; Linux man-pages 6.
  @inlinable
  public func reregister(
    _ descriptor: Int32, _ registration: inout SelectorNumber, token: Token, interests: Interests
  ) throws(IOError) {
    try registration.requireRegistered(with: identity.number)
    do throws(IOError) {
      try control(EPOLL_CTL_MOD, descriptor, token: token, interests: interests)
    } catch {
      // After EBADF, ENOENT or EPERM the kernel does not watch the descriptor. The program has closed the file, and the
      // number may belong to another file.
      let isWatched = error.kind != .badDescriptor && error.kind != .notFound && error.kind != .permissionDenied
      if !isWatched { registration = SelectorNumber() }
      throw error
    }
  }

  /// Ends the watch of a descriptor, even if the kernel has already ended the watch of a closed descriptor.
  ///
  /// - Throws: `.notFound` if this selector does not watch the source.
  /// - Complexity: One system call, O(log registered); no allocation.
  ///
  /// Source: epoll_ctl(2), `EPOLL_CTL_DEL`; Linux man-pages 6.
  @inlinable
  public func deregister(_ descriptor: Int32, _ registration: inout SelectorNumber) throws(IOError) {
    try registration.requireRegistered(with: identity.number)
    // The call fails only if the kernel does not watch the descriptor: EBADF, ENOENT or EPERM in epoll_ctl(2).
    _ = metal_epoll_ctl_delete(epoll, descriptor)
    registration = SelectorNumber()
  }

  /// Ends the watch of a borrowed descriptor after the program has dropped its source.
  ///
  /// - Complexity: One system call, O(log registered); no allocation.
  ///
  /// Source: epoll_ctl(2), `EPOLL_CTL_DEL`; Linux man-pages 6.
  @inlinable
  public func endWatch(of descriptor: Int32) {
    // An error means that the owner has closed the descriptor, so the kernel watches nothing.
    _ = metal_epoll_ctl_delete(epoll, descriptor)
  }

  @inlinable
  func control(_ operation: Int32, _ descriptor: Int32, token: Token, interests: Interests) throws(IOError) {
    var flags = METAL_EPOLLET
    if interests.isReadable { flags |= METAL_EPOLLIN | METAL_EPOLLRDHUP }
    if interests.isWritable { flags |= METAL_EPOLLOUT }
    if interests.isPriority { flags |= METAL_EPOLLPRI }
    try SystemKernel.check(metal_epoll_ctl(epoll, operation, descriptor, flags, UInt64(token.rawValue)))
  }
}

// MARK: - Waiting

extension EpollSelector {
  /// Waits for events, and stores the events in `events`.
  ///
  /// The method first discards the old events. The capacity of `events` limits the number of new events.
  ///
  /// - Parameters:
  ///   - events: The container to fill.
  ///   - timeout: The longest time to wait. With `nil`, the method waits without a limit. With zero or less, the method
  ///     does not wait.
  ///   - permit: The right to wait, which only the poll has.
  /// - Throws: `.interrupted` if a signal has ended the wait. `.invalidInput` at once if the capacity is 0.
  /// - Complexity: O(events) and one system call. On a kernel before 5.11, the first wait with a timeout that is not in
  ///   whole milliseconds may need a second call. No allocation.
  ///
  /// Source: epoll_wait(2), epoll_pwait2(2); Linux man-pages 6.
  @inlinable @inline(__always)
  public func select(
    into events: inout Events<EpollSelector>, timeout: Duration?, by permit: inout WaitPermit<EpollSelector>
  ) throws(IOError) {
    // Safety: the buffer has room for its count of records, and an event has the layout of a record.
    try unsafe events.fill { buffer throws(IOError) in
      let records = unsafe UnsafeMutableRawPointer(buffer.baseAddress!).assumingMemoryBound(to: metal_epoll_event.self)
      // The kernel itself refuses a capacity of 0 as invalid.
      let capacity = buffer.count
      let count =
        if let timeout {
          unsafe waitForWholeMilliseconds(records, capacity, timeout: timeout)
        } else {
          unsafe metal_epoll_wait(epoll, records, capacity, -1)
        }
      guard count > 0 else {
        // A wait that returns no event has delivered no wake.
        try SystemKernel.check(count)
        return 0
      }
      pendingWakes.take()
      return count
    }
  }

  /// Waits with a timeout of zero, or of whole milliseconds below 18 seconds.
  ///
  /// For any other timeout, the method calls `wait`. The attoseconds of 18 seconds fit into 64 bits.
  @inlinable @inline(__always)
  func waitForWholeMilliseconds(
    _ records: UnsafeMutablePointer<metal_epoll_event>, _ capacity: Int, timeout: Duration
  ) -> Int {
    // A loop that never sleeps passes a timeout of zero, so this path avoids the division.
    // Safety: see `wait` below.
    if timeout.attoseconds == 0 { return unsafe metal_epoll_wait(epoll, records, capacity, 0) }
    if let attoseconds = UInt64(exactly: timeout.attoseconds) {
      let (milliseconds, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
      if rest == 0 { return unsafe metal_epoll_wait(epoll, records, capacity, Int32(truncatingIfNeeded: milliseconds)) }
    }
    return unsafe wait(records, capacity, timeout: timeout)
  }

  /// Waits with a timeout.
  ///
  /// - Returns: The number of records, or the negated errno.
  @usableFromInline @inline(never)
  func wait(_ records: UnsafeMutablePointer<metal_epoll_event>, _ capacity: Int, timeout: Duration) -> Int {
    // Safety: `records` has room for `capacity` records, and the kernel writes no more.
    timedWait.wait(nanoseconds: timeout.wholeNanoseconds) { nanoseconds in
      unsafe metal_epoll_pwait2(epoll, records, capacity, nanoseconds)
    } coarsely: { milliseconds in
      unsafe metal_epoll_wait(epoll, records, capacity, milliseconds)
    }
  }
}
#endif
