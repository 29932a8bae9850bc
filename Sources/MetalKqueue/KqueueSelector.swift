public import MetalCore
internal import Synchronization

/// A selector on an event queue: kqueue(2) on Darwin and the BSDs, or that of a simulated kernel.
///
/// Each direction of a source is a registration of its own (`EVFILT_READ`, `EVFILT_WRITE`), edge-triggered
/// (`EV_CLEAR`). The queue itself would replace a registration silently and make a missing one. So the selector refuses
/// the calls that the contract forbids: the source remembers where it is registered.
///
/// Registering with an interest in priority throws `.unsupported`.
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
  /// The wakes that need no call any more.
  @usableFromInline let pendingWakes = PendingWakes()
  @usableFromInline let brokenPipes = BrokenPipes()
  /// The number of user events made so far, which is the number of the last one.
  let userEventCount = Atomic<UInt>(0)

  /// Opens a queue.
  ///
  /// - Throws: `.tooManyOpenFiles`, `.tooManyOpenFilesInSystem` or `.outOfMemory`; `.noSpace` when 2^32 selectors have
  ///   been made in this process.
  public init(on kernel: K) throws(IOError) {
    let queue = K.Owner(owning: try kernel.openEventQueue(), on: kernel)
    identity = try SelectorIdentity()
    self.kernel = kernel
    self.queue = queue.release()
  }

  deinit {
    // A `deinit` cannot report an error; the queue is gone in any case.
    do throws(IOError) { try kernel.close(queue) } catch {}
  }
}

// MARK: - Registration

extension KqueueSelector {
  /// Starts to watch a descriptor.
  ///
  /// If one direction cannot be watched, neither is.
  ///
  /// - Throws: What `Registry.register(_:token:interests:)` lists.
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

  /// Replaces token and interests, and re-arms.
  ///
  /// If a direction cannot be watched, the source ends up deregistered: kqueue cannot restore a replaced registration.
  ///
  /// - Throws: What `Registry.reregister(_:token:interests:)` lists.
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

  /// Ends the watching of a descriptor.
  ///
  /// - Throws: What `Registry.deregister(_:)` lists.
  /// - Complexity: O(1), usually one system call.
  ///
  /// Source: kqueue(2), `EV_DELETE`.
  @inlinable
  public func deregister(_ descriptor: Int32, _ registration: inout SelectorNumber) throws(IOError) {
    try registration.requireRegistered(with: identity.number)
    try apply(KqueueChanges(descriptor, Token(rawValue: 0), nil, endingOthers: true))
    registration = SelectorNumber()
  }

  /// Ends the watch of a borrowed descriptor whose source was dropped.
  ///
  /// An error says that its owner has closed the descriptor before, so nothing is watched any more.
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
