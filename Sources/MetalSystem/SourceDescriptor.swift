public import MetalCore

/// A source for a descriptor that belongs to somebody else: an eventfd, a timerfd, a terminal, another poll.
///
/// ```swift
/// var timer = SourceDescriptor<EpollSelector>(borrowing: number)
/// try poll.registry.register(&timer, token: .timer, interests: .readable)
/// ```
///
/// It never reads, writes, closes the descriptor, nor changes its flags; the owner goes on using it, and must keep it
/// open for as long as this is registered. Dropping a registered one ends its registration.
///
/// Since the library does not see the operations, it cannot re-arm after them. On epoll and kqueue new activity is
/// reported nevertheless; to have a condition that still holds reported again, reregister the source.
///
/// | Selector | What differs |
/// |---|---|
/// | epoll | a regular file is refused as `.permissionDenied`; two sources for one descriptor at the same time as `.alreadyExists` |
/// | poll(2) | a regular file is always ready; reregistering or ``perform(_:)`` is the only way to re-arm |
/// | kqueue | two sources for one descriptor at the same time are not noticed |
///
/// Source: epoll_ctl(2), Linux man-pages 6.
public struct SourceDescriptor<S: Selector>: ~Copyable, Sendable where S.K == SystemKernel {
  /// The descriptor's number, which stays its owner's to close.
  public let rawDescriptor: Int32

  private var watch: Watch<S>?

  /// Makes an unregistered source for a descriptor.
  ///
  /// - Complexity: O(1); no allocation. Registering allocates.
  public init(borrowing rawDescriptor: Int32) {
    self.rawDescriptor = rawDescriptor
  }

  /// Runs an operation of the program's own on the descriptor, once, and hands back its value or error.
  ///
  /// An operation that would block must throw an error of kind `.wouldBlock`; the source is re-armed then. On poll(2) it
  /// is re-armed by success as well, since the operation may have read something. Another error re-arms nothing: go on
  /// until the operation would block.
  ///
  /// - Throws: What the operation throws.
  public func perform<R: ~Copyable>(_ operation: (Int32) throws(IOError) -> R) throws(IOError) -> R {
    guard let watch else { return try operation(rawDescriptor) }
    return try watch.registration.noticing(operation, on: rawDescriptor)
  }
}

extension SourceDescriptor: Source {
  /// Registers the descriptor; called by `Registry.register(_:token:interests:)`.
  ///
  /// - Throws: `.badDescriptor` if it is not open; `.permissionDenied` on epoll for a file that is always ready.
  public mutating func register(with registry: Registry<S>, token: Token, interests: Interest) throws(IOError)
  {
    if let watch, watch.registration.isRegistered { throw IOError(.alreadyExists) }
    var registration = S.Registration()
    try registry.selector.register(rawDescriptor, &registration, token: token, interests: interests)
    watch = Watch(rawDescriptor, registration, registry.selector)
  }

  /// Reregisters the descriptor; called by `Registry.reregister(_:token:interests:)`.
  public mutating func reregister(with registry: Registry<S>, token: Token, interests: Interest)
    throws(IOError)
  {
    let watch = try registeredWatch(with: registry)
    try registry.selector.reregister(
      rawDescriptor, &watch.registration, token: token, interests: interests)
  }

  /// Deregisters the descriptor; called by `Registry.deregister(_:)`.
  public mutating func deregister(from registry: Registry<S>) throws(IOError) {
    let watch = try registeredWatch(with: registry)
    try registry.selector.deregister(rawDescriptor, &watch.registration)
    self.watch = nil
  }

  private func registeredWatch(with registry: Registry<S>) throws(IOError) -> Watch<S> {
    guard let watch, watch.selector === registry.selector else { throw IOError(.notFound) }
    return watch
  }
}

/// A registration of a borrowed descriptor, which it ends when it goes.
///
/// It is an object because a generic struct's `deinit` may be lost; see `SourceHandle`.
///
/// `@unchecked Sendable`: it belongs to one ``SourceDescriptor``, and changes only with exclusive access to that.
private final class Watch<S: Selector>: @unchecked Sendable where S.K == SystemKernel {
  let descriptor: Int32
  let selector: S
  var registration: S.Registration

  init(_ descriptor: Int32, _ registration: consuming S.Registration, _ selector: S) {
    self.descriptor = descriptor
    self.registration = registration
    self.selector = selector
  }

  deinit {
    do throws(IOError) {
      try selector.deregister(descriptor, &registration)
    } catch {
      // It was deregistered already, or the owner has closed the descriptor: nothing of ours is registered.
    }
  }
}
