public import MetalCore

/// A source for a descriptor that another owner closes: an eventfd, a timerfd, a terminal, another poll.
///
/// ```swift
/// var timer = BorrowedDescriptor(number)
/// try poll.registry.register(&timer, token: .timer, interests: .readable)
/// ```
///
/// The source never reads, writes or closes the descriptor, and never changes its flags. The owner continues to use the
/// descriptor. Dropping a registered source ends the registration.
///
/// The library does not see the owner's operations, so it cannot re-arm the source after them. epoll and kqueue still
/// report new activity. To get a report of a condition that still holds, reregister the source.
///
/// The owner must keep the descriptor open while the source is registered. If the owner closes the descriptor first,
/// deregister or drop the source before the number is in use again. Otherwise the number may already belong to a new
/// descriptor. On epoll and kqueue, deregistering or dropping the source then ends the registration of the new
/// descriptor with the same poll.
///
/// | Selector | Differences |
/// |---|---|
/// | epoll | Registering a regular file throws `.permissionDenied`. |
/// | epoll, poll(2) | Registering a second source for the same descriptor with the same poll throws `.alreadyExists`. |
/// | poll(2) | A regular file is always ready. |
/// | poll(2), AFD | Only reregistering and ``perform(_:)`` re-arm the source. |
/// | poll(2) | If the owner has closed the descriptor, dropping the source never ends the registration of another source. |
/// | kqueue, AFD | The selector does not detect two sources for one descriptor. |
/// | AFD | The descriptor must be a socket. |
///
/// Source: epoll_ctl(2), poll(2); Linux man-pages 6. kqueue(2); FreeBSD 14.
@frozen
public struct BorrowedDescriptor<S: Selector>: ~Copyable, Sendable where S.K == SystemKernel {
  // The order matters: Swift destroys `registration` before `watch`. A registration that ends itself must end first.
  @usableFromInline var registration: S.Registration
  @usableFromInline var watch: Watch<S>

  /// Makes an unregistered source for an open descriptor.
  ///
  /// - Parameter rawDescriptor: The number of a descriptor, whose owner does not change.
  ///
  /// - Complexity: O(1); no allocation. Registering allocates only if the table of the selector on poll(2) grows.
  @inlinable
  public init(_ rawDescriptor: SystemKernel.Descriptor) {
    registration = S.Registration()
    watch = Watch(of: rawDescriptor)
  }

  /// The number of the descriptor, which its owner closes.
  ///
  /// - Complexity: O(1); no allocation.
  @inlinable public var rawDescriptor: SystemKernel.Descriptor { watch.descriptor }

  /// Runs the program's own operation on the descriptor once.
  ///
  /// An operation that would block must throw an error of kind `.wouldBlock`. After this error, the method re-arms the
  /// source. On poll(2) and AFD, the method also re-arms the source after success, because the operation may have read
  /// something. After any other error, the method re-arms nothing. Only AFD re-arms reading after a transient error.
  /// Repeat the operation until it would block.
  ///
  /// - Parameter operation: The operation, which gets the number of the descriptor and must not close it.
  /// - Returns: The value of the operation; `nil` if it would block.
  /// - Throws: The error of the operation, except for `.wouldBlock`.
  /// - Complexity: The cost of the operation; no allocation.
  @inlinable
  public func perform<R: ~Copyable>(
    _ operation: (SystemKernel.Descriptor) throws(IOError) -> R
  ) throws(IOError) -> R? {
    try registration.noticing(operation, on: rawDescriptor)
  }
}

extension BorrowedDescriptor: Source {
  /// Registers the descriptor.
  ///
  /// Programs call `Registry.register(_:token:interests:)` instead.
  ///
  /// - Parameters:
  ///   - registry: The registry of the poll that will watch the descriptor.
  ///   - token: The token of the events.
  ///   - interests: The conditions to report.
  /// - Throws: `.alreadyExists` if the source is registered already, with this poll or another one. On epoll and
  ///   poll(2), `.alreadyExists` also if this poll watches the descriptor for another source. `.badDescriptor` if the
  ///   descriptor is not open. `.permissionDenied` on epoll for a file that is always ready. `.invalidInput` on epoll
  ///   if the descriptor belongs to a poll that would watch itself, directly or through other polls. `.invalidInput` on
  ///   epoll also if polls would watch polls in more than 5 levels. Other systems may not detect polls that watch
  ///   themselves. `.unsupported` on kqueue for an interest in priority. `.noSpace` or `.outOfMemory` if the system can
  ///   watch no more descriptors.
  /// - Complexity: One system call, and another one on poll(2) and AFD if another thread waits. The call allocates only
  ///   if the table of the selector on poll(2) or AFD grows.
  ///
  /// Source: `ELOOP`, `EINVAL`, `EPERM`, `EEXIST` and `ENOSPC` in epoll_ctl(2).
  @inlinable
  public mutating func register(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError) {
    try registry.selector.register(rawDescriptor, &registration, token: token, interests: interests)
    watch.selector = registry.selector
  }

  /// Replaces the token and the interests, and re-arms the source.
  ///
  /// Programs call `Registry.reregister(_:token:interests:)` instead.
  ///
  /// - Parameters:
  ///   - registry: The registry of the poll that watches the descriptor.
  ///   - token: The new token.
  ///   - interests: The new interests.
  /// - Throws: `.notFound` if the source is not registered with this poll, or if the number now belongs to another
  ///   descriptor. `.badDescriptor` if the owner has closed the descriptor. `.permissionDenied` on epoll if the number
  ///   now belongs to a regular file. `.unsupported` on kqueue for an interest in priority. If the number no longer
  ///   belongs to the registered descriptor, the source is unregistered afterwards.
  /// - Complexity: One system call, and another one on poll(2) if another thread waits; no allocation.
  ///
  /// Source: epoll_ctl(2), `EPOLL_CTL_MOD`; kqueue(2), `EV_ADD` and `EV_DELETE`; `F_GETFD` in fcntl(2).
  @inlinable
  public mutating func reregister(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError) {
    do throws(IOError) {
      try registry.selector.reregister(rawDescriptor, &registration, token: token, interests: interests)
    } catch {
      // The selector no longer watches the descriptor, and its number may already belong to another descriptor.
      if !registration.isRegistered { watch.selector = nil }
      throw error
    }
  }

  /// Ends the registration.
  ///
  /// Programs call `Registry.deregister(_:)` instead.
  ///
  /// - Parameter registry: The registry of the poll that watches the descriptor.
  /// - Throws: `.notFound` if the source is not registered with this poll.
  /// - Complexity: One system call on epoll and kqueue; no allocation. On poll(2), one system call if another thread
  ///   waits, otherwise none. If another thread waits, the method returns after that wait.
  ///
  /// Source: epoll_ctl(2), `EPOLL_CTL_DEL`; kqueue(2), `EV_DELETE`.
  @inlinable
  public mutating func deregister(from registry: Registry<S>) throws(IOError) {
    try registry.selector.deregister(rawDescriptor, &registration)
    watch.selector = nil
  }
}

extension Selector where K == SystemKernel {
  /// A source for a descriptor that another owner closes.
  public typealias BorrowedDescriptor = MetalSystem.BorrowedDescriptor<Self>
}

/// A value that ends the registration of a borrowed descriptor when the program drops the source.
///
/// The layout does not depend on the parameter, so the compiler keeps the `deinit`. See `SourceHandle`.
@frozen @usableFromInline
struct Watch<S: Selector>: ~Copyable, Sendable where S.K == SystemKernel {
  @usableFromInline let descriptor: SystemKernel.Descriptor
  /// The selector that watches the descriptor, kept alive; `nil` if no selector watches it.
  @usableFromInline var selector: S?

  @inlinable
  init(of descriptor: SystemKernel.Descriptor) {
    self.descriptor = descriptor
  }

  @inlinable
  deinit {
    selector?.endWatch(of: descriptor)
  }
}
