public import MetalCore
internal import Synchronization

/// A selector on an event queue: kqueue(2) on Darwin and the BSDs, or the queue of a simulated kernel.
///
/// Each direction of a source has an edge-triggered registration of its own (`EVFILT_READ`, `EVFILT_WRITE`,
/// `EV_CLEAR`). An event queue silently replaces an existing registration, and silently makes a missing registration.
/// So each source remembers its selector, and the selector refuses the calls that the contract forbids.
///
/// A registration with an interest in priority throws `.unsupported`.
///
/// Source: kqueue(2).
public final class KqueueSelector<K: EventQueueKernel>: Selector {
  /// The system's own record.
  public typealias Event = KqueueEvent
  /// The number of the selector that watches a source.
  public typealias Registration = SelectorNumber

  /// The kernel that this selector waits on.
  public let kernel: K

  @usableFromInline package let queue: Int32
  @usableFromInline let identity: SelectorIdentity
  /// The pending wakes, which need no further system call.
  @usableFromInline let pendingWakes = PendingWakes()
  @usableFromInline let brokenPipes = BrokenPipes()
  /// The number of the last user event.
  let userEventCount = Atomic<UInt>(0)

  /// Opens a queue.
  ///
  /// - Parameter kernel: The kernel to wait on.
  /// - Throws: `.tooManyOpenFiles` if the process can open no more descriptors; `.tooManyOpenFilesInSystem` if the
  ///   system can open no more; `.outOfMemory` if the kernel has no memory for the queue; `.noSpace` if the process has
  ///   made 2^32 selectors.
  ///
  /// Source: kqueue(2).
  public init(on kernel: K) throws(IOError) {
    let queue = K.Owner(owning: try kernel.openEventQueue(), on: kernel)
    identity = try SelectorIdentity()
    self.kernel = kernel
    self.queue = queue.release()
  }

  deinit {
    // A `deinit` cannot report an error, and the queue is gone in any case.
    do throws(IOError) { try kernel.close(queue) } catch {}
  }
}

// MARK: - Registration

extension KqueueSelector {
  /// Starts to watch a descriptor.
  ///
  /// If the kernel refuses one direction, the selector watches neither direction.
  ///
  /// - Throws: `.alreadyExists` if the source is registered; `.unsupported` for an interest in priority;
  ///   `.badDescriptor` if the descriptor is not open; `.outOfMemory` if the kernel can watch no more; or another error
  ///   of kevent(2).
  /// - Complexity: O(1), usually one system call.
  ///
  /// Source: kqueue(2), `EV_ADD`.
  @inlinable
  public func register(
    _ descriptor: Int32, _ registration: inout SelectorNumber, token: Token, interests: Interests
  ) throws(IOError) {
    try registration.requireUnregistered()
    try apply(KqueueChanges(descriptor, token, interests, endingOthers: false))
    registration = identity.number
  }

  /// Replaces the token and the interests of a source, and re-arms the source.
  ///
  /// If the kernel refuses a direction, the source is no longer registered, because kqueue cannot restore a replaced
  /// registration.
  ///
  /// - Throws: `.notFound` if the source is not registered with this selector; `.unsupported` for an interest in
  ///   priority; `.badDescriptor` if the descriptor is not open; `.outOfMemory` if the kernel can watch no more; or
  ///   another error of kevent(2).
  /// - Complexity: O(1), usually one system call.
  ///
  /// Source: kqueue(2), `EV_ADD` and `EV_DELETE`.
  @inlinable
  public func reregister(
    _ descriptor: Int32, _ registration: inout SelectorNumber, token: Token, interests: Interests
  ) throws(IOError) {
    try registration.requireRegistered(with: identity.number)
    let changes = try KqueueChanges(descriptor, token, interests, endingOthers: true)
    do throws(IOError) {
      try apply(changes)
    } catch {
      registration = SelectorNumber()
      throw error
    }
  }

  /// Stops watching a descriptor.
  ///
  /// - Throws: `.notFound` if the source is not registered with this selector; or another error of kevent(2).
  /// - Complexity: O(1), usually one system call.
  ///
  /// Source: kqueue(2), `EV_DELETE`.
  @inlinable
  public func deregister(_ descriptor: Int32, _ registration: inout SelectorNumber) throws(IOError) {
    try registration.requireRegistered(with: identity.number)
    try apply(KqueueChanges(descriptor, Token(rawValue: 0), nil, endingOthers: true))
    registration = SelectorNumber()
  }

  /// Stops watching a borrowed descriptor whose source the program has dropped.
  ///
  /// The selector ignores errors, because the owner may have closed the descriptor before.
  ///
  /// - Complexity: O(1), usually two system calls.
  ///
  /// Source: kqueue(2), `EV_DELETE`.
  public func endWatch(of descriptor: Int32) {
    let ident = UInt(bitPattern: Int(descriptor))
    if brokenPipes.isInUse { takeBackNews(ident) }
    deleteBoth(ident)
  }
}
