#if METAL_LINUX
public import CMetalSystem
public import MetalCore
public import MetalSystem

/// Linux's readiness queue: edge-triggered epoll, with an eventfd for each waker.
///
/// Programs name it once, in `typealias Poll = MetalCore.Poll<EpollSelector>`, and use it through `Poll`.
///
/// Source: epoll(7), epoll_create1(2), epoll_ctl(2), epoll_wait(2), epoll_pwait2(2), eventfd(2); Linux man-pages 6.
public final class EpollSelector: Selector {
  /// The operating system.
  public typealias K = SystemKernel
  /// The kernel's own event record.
  public typealias Event = EpollEvent
  /// The number of the selector that watches the source.
  public typealias Registration = SelectorNumber

  @usableFromInline let epoll: Int32

  @usableFromInline let identity: SelectorIdentity

  /// The wakes that need no write any more.
  @usableFromInline let pendingWakes = PendingWakes()

  let timedWait: TimedWait

  /// Makes an empty selector.
  ///
  /// - Throws: `.tooManyOpenFiles` or `.tooManyOpenFilesInSystem` if no descriptor is left; `.outOfMemory`.
  public convenience init(on kernel: SystemKernel) throws(IOError) {
    kernel.requireNoSimulation()
    try self.init(hasFineWait: true)
  }

  /// Makes an empty selector, which can be told to do as on a kernel before 5.11.
  package init(hasFineWait: Bool) throws(IOError) {
    let epoll = metal_epoll_create()
    try SystemKernel.check(epoll)
    // The descriptor has an owner from here on, in case no number is left.
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
  /// The epoll descriptor's number, which stays the poll's: another poll can watch it as a `BorrowedDescriptor`.
  ///
  /// Source: epoll(7), "Questions and answers".
  public var rawDescriptor: Int32 { registry.selector.epoll }
}

// MARK: - Registration

extension EpollSelector {
  /// Starts to watch a descriptor.
  @inlinable
  public func register(
    _ descriptor: Int32, _ registration: inout SelectorNumber, token: Token, interests: Interests
  ) throws(IOError) {
    try registration.requireUnregistered()
    try control(EPOLL_CTL_ADD, descriptor, token: token, interests: interests)
    registration = identity.number
  }

  /// Replaces token and interests, and re-arms.
  @inlinable
  public func reregister(
    _ descriptor: Int32, _ registration: inout SelectorNumber, token: Token, interests: Interests
  ) throws(IOError) {
    try registration.requireRegistered(with: identity.number)
    do throws(IOError) {
      try control(EPOLL_CTL_MOD, descriptor, token: token, interests: interests)
    } catch {
      // EBADF, ENOENT, EPERM: the kernel does not watch the descriptor. It is closed, or was and is another file's.
      let isWatched = error.kind != .badDescriptor && error.kind != .notFound && error.kind != .permissionDenied
      if !isWatched { registration = SelectorNumber() }
      throw error
    }
  }

  /// Ends the watch, also one that the kernel has ended already as the descriptor was closed.
  @inlinable
  public func deregister(_ descriptor: Int32, _ registration: inout SelectorNumber) throws(IOError) {
    try registration.requireRegistered(with: identity.number)
    // It fails only if the kernel does not watch the descriptor: EBADF, ENOENT or EPERM in epoll_ctl(2).
    _ = metal_epoll_ctl_delete(epoll, descriptor)
    registration = SelectorNumber()
  }

  /// Ends the watch of a borrowed descriptor whose source was dropped.
  @inlinable
  public func endWatch(of descriptor: Int32) {
    // An error says that its owner has closed it before, and with that nothing is watched.
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
  /// Discards what `events` held, waits, and fills it with at most its capacity of events.
  @inlinable @inline(__always)
  public func select(
    into events: inout Events<EpollSelector>, timeout: Duration?, by permit: inout WaitPermit<EpollSelector>
  ) throws(IOError) {
    // Safety: the buffer has room for its count of records; an event is nothing but the record.
    try unsafe events.fill { buffer throws(IOError) in
      let records = unsafe UnsafeMutableRawPointer(buffer.baseAddress!).assumingMemoryBound(to: metal_epoll_event.self)
      // Of a capacity of 0 the kernel itself says that it is invalid.
      let capacity = buffer.count
      let count =
        if let timeout {
          unsafe waitForWholeMilliseconds(records, capacity, timeout: timeout)
        } else {
          unsafe metal_epoll_wait(epoll, records, capacity, -1)
        }
      guard count > 0 else {
        // Without an event no wake was delivered.
        try SystemKernel.check(count)
        return 0
      }
      pendingWakes.take()
      return count
    }
  }

  /// Waits with a timeout: none, or whole milliseconds below 18 seconds, of which 64 bits hold the attoseconds; any other
  /// is apart.
  @inlinable @inline(__always)
  func waitForWholeMilliseconds(
    _ records: UnsafeMutablePointer<metal_epoll_event>, _ capacity: Int, timeout: Duration
  ) -> Int {
    // A loop that never sleeps asks with zero, which needs no division.
    // Safety: as below.
    if timeout.attoseconds == 0 { return unsafe metal_epoll_wait(epoll, records, capacity, 0) }
    if let attoseconds = UInt64(exactly: timeout.attoseconds) {
      let (milliseconds, rest) = attoseconds.quotientAndRemainder(dividingBy: 1_000_000_000_000_000)
      if rest == 0 { return unsafe metal_epoll_wait(epoll, records, capacity, Int32(truncatingIfNeeded: milliseconds)) }
    }
    return unsafe wait(records, capacity, timeout: timeout)
  }

  /// Waits with a timeout, and returns the number of records written or the negated errno.
  @usableFromInline @inline(never)
  func wait(_ records: UnsafeMutablePointer<metal_epoll_event>, _ capacity: Int, timeout: Duration) -> Int {
    // Safety: `records` has room for `capacity` records, which is the most that the kernel writes.
    timedWait.wait(nanoseconds: timeout.wholeNanoseconds) { nanoseconds in
      unsafe metal_epoll_pwait2(epoll, records, capacity, nanoseconds)
    } coarsely: { milliseconds in
      unsafe metal_epoll_wait(epoll, records, capacity, milliseconds)
    }
  }
}
#endif
