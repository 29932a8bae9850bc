public import MetalCore

/// A source for a descriptor that belongs to somebody else: an eventfd, a timerfd, a terminal, another poll.
///
/// ```swift
/// var timer = BorrowedDescriptor(number)
/// try poll.registry.register(&timer, token: .timer, interests: .readable)
/// ```
///
/// It never reads, writes, closes the descriptor, nor changes its flags. The owner goes on using the descriptor. Dropping
/// a registered source ends its registration.
///
/// Since the library does not see the operations, it cannot re-arm after them. On epoll and kqueue new activity is
/// reported nevertheless; to have a condition that still holds reported again, reregister the source.
///
/// The owner must keep the descriptor open for as long as the source is registered. If it closes the descriptor first,
/// deregister or drop the source before the number is in use again. Otherwise the system takes the number for the new
/// descriptor: on epoll and kqueue, deregistering or dropping the source ends the registration that another source has
/// made for that number with the same poll.
///
/// | Selector | What differs |
/// |---|---|
/// | epoll | a regular file is refused as `.permissionDenied`; two sources for one descriptor at the same time as `.alreadyExists` |
/// | poll(2) | a regular file is always ready; reregistering or ``perform(_:)`` is the only way to re-arm; dropping a source whose descriptor was closed never ends the registration of another one |
/// | kqueue | two sources for one descriptor at the same time are not noticed |
///
/// Source: epoll_ctl(2), Linux man-pages 6.
@frozen
public struct BorrowedDescriptor<S: Selector>: ~Copyable, Sendable where S.K == SystemKernel {
  // In this order: a registration that ends by itself does so before the watch is asked to end it.
  @usableFromInline var registration: S.Registration
  @usableFromInline var watch: Watch<S>

  /// Makes an unregistered source for a descriptor.
  ///
  /// - Complexity: O(1); no allocation. Registering allocates only when poll(2)'s table grows.
  @inlinable
  public init(_ rawDescriptor: Int32) {
    registration = S.Registration()
    watch = Watch(of: rawDescriptor)
  }

  /// The descriptor's number, which stays its owner's to close.
  @inlinable public var rawDescriptor: Int32 { watch.descriptor }

  /// Runs an operation of the program's own on the descriptor, once, and returns its value; `nil` if it would block.
  ///
  /// An operation that would block must throw an error of kind `.wouldBlock`, and the source is re-armed. On poll(2)
  /// success re-arms it as well, since the operation may have read something. Another error re-arms nothing: go on
  /// until the operation would block.
  ///
  /// - Throws: What the operation throws, but for `.wouldBlock`.
  @inlinable
  public func perform<R: ~Copyable>(_ operation: (Int32) throws(IOError) -> R) throws(IOError) -> R? {
    try registration.noticing(operation, on: rawDescriptor)
  }
}

extension BorrowedDescriptor: Source {
  /// Registers the descriptor; called by `Registry.register(_:token:interests:)`.
  ///
  /// - Throws: `.badDescriptor` if it is not open; `.permissionDenied` on epoll for a file that is always ready;
  ///   `.invalidInput` on epoll for the descriptor of a poll that would watch itself, directly or through others, or
  ///   through more than 5 levels. Other systems may not notice that.
  ///
  /// Source: `ELOOP` and `EINVAL` in epoll_ctl(2).
  @inlinable
  public mutating func register(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError) {
    try registry.selector.register(rawDescriptor, &registration, token: token, interests: interests)
    watch.selector = registry.selector
  }

  /// Reregisters the descriptor; called by `Registry.reregister(_:token:interests:)`.
  ///
  /// - Throws: `.notFound` if it is not registered with this poll, or if its owner has closed it and the number is
  ///   another descriptor's; `.permissionDenied` on epoll if the number is a regular file's; `.badDescriptor` if its
  ///   owner has closed it. In these three cases the source is unregistered afterwards.
  @inlinable
  public mutating func reregister(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError) {
    do throws(IOError) {
      try registry.selector.reregister(rawDescriptor, &registration, token: token, interests: interests)
    } catch {
      // Nothing is watched, and the number may be another descriptor's by now.
      if !registration.isRegistered { watch.selector = nil }
      throw error
    }
  }

  /// Deregisters the descriptor; called by `Registry.deregister(_:)`.
  @inlinable
  public mutating func deregister(from registry: Registry<S>) throws(IOError) {
    try registry.selector.deregister(rawDescriptor, &registration)
    watch.selector = nil
  }
}

extension Selector where K == SystemKernel {
  /// A source for a descriptor that belongs to somebody else.
  public typealias BorrowedDescriptor = MetalSystem.BorrowedDescriptor<Self>
}

/// The registration of a borrowed descriptor, which ends when the source is dropped.
///
/// The layout does not depend on the parameter, so that the `deinit` is not lost; see `SourceHandle`.
@frozen @usableFromInline
struct Watch<S: Selector>: ~Copyable, Sendable where S.K == SystemKernel {
  @usableFromInline let descriptor: Int32
  /// The selector that watches the descriptor, kept alive; `nil` if none does.
  @usableFromInline var selector: S?

  @inlinable
  init(of descriptor: Int32) {
    self.descriptor = descriptor
  }

  @inlinable
  deinit {
    selector?.endWatch(of: descriptor)
  }
}
