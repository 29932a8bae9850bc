public import MetalCore
internal import Synchronization

/// A selector on an event queue: kqueue(2) on Darwin and the BSDs, or that of a simulated kernel.
///
/// Each direction of a source is a registration of its own (`EVFILT_READ`, `EVFILT_WRITE`), edge-triggered (`EV_CLEAR`).
/// The queue itself would replace a registration silently and make a missing one, so what the contract forbids is
/// refused here, by what the source remembers.
///
/// Interests in priority throws `.unsupported`.
///
/// Source: kqueue(2).
public final class KqueueSelector<K: EventQueueKernel>: Selector {
  /// The system's own record.
  public typealias Event = KqueueEvent
  /// The number of the selector that watches a source.
  public typealias Registration = SelectorNumber

  /// The kernel that this selector waits on.
  public let kernel: K

  @usableFromInline let queue: Int32
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
    // There is nobody to tell of an error; the queue is gone in any case.
    do throws(IOError) { try kernel.close(queue) } catch {}
  }

  /// The queue's descriptor, which stays the selector's; it can be watched by another one.
  public var rawDescriptor: Int32 { queue }
}

// MARK: - Registration

extension KqueueSelector {
  /// Starts to watch a descriptor.
  ///
  /// If one direction cannot be watched, neither is.
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
  /// If a direction cannot be watched the source ends up deregistered, as kqueue cannot restore what it replaced.
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
  @inlinable
  public func deregister(_ descriptor: Int32, _ registration: inout SelectorNumber) throws(IOError) {
    try registration.requireRegistered(with: identity.number)
    try apply(KqueueChanges(descriptor, Token(rawValue: 0), nil, endingOthers: true))
    registration = SelectorNumber()
  }

  /// Ends the watch of a borrowed descriptor whose source was dropped.
  ///
  /// An error says that its owner has closed it before, and with that nothing is watched.
  public func endWatch(of descriptor: Int32) {
    let ident = UInt(bitPattern: Int(descriptor))
    takeBackNews(ident)
    deleteBoth(ident)
  }
}
