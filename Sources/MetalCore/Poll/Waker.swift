/// Interrupts a poll's wait, from any thread.
///
/// Several wakers may belong to one poll. The poll reports each waker under the waker's own token, by an event that is
/// readable. Wakes of one waker coalesce: any number of wakes before a wait make one event. No wake is lost: a wake
/// after a wait has returned makes the next wait return. Before its wake a thread may write to atomics, or to any
/// memory with a lock held. The thread that waits then sees the writes of the thread that woke it.
///
/// Keep the waker alive for as long as it must work. Dropping a waker ends its registration and discards a pending
/// wake. A waker is an object, so an optimised build may release the last reference after the last use.
/// `withExtendedLifetime` keeps the waker alive. The poll numbers its wakers and does not use their tokens, so two
/// wakers may share a token.
///
/// - Complexity: ``Registry/makeWaker(token:)`` allocates. ``wake()`` allocates nothing.
///
/// | Selector | Resources of a waker | System calls of a wake |
/// |---|---|---|
/// | epoll | one descriptor (eventfd) | one, or none if a wake of the waker is pending |
/// | poll(2) | no descriptor | one, or none if any wake of the poll is pending |
/// | AFD | memory for one completion | one, or none if a wake of the waker is pending |
/// | kqueue | one user event, no descriptor | one, or none if a wake of the waker is pending |
public final class Waker<S: Selector>: Sendable {
  @usableFromInline package let handle: S.WakerHandle

  init(_ handle: consuming S.WakerHandle) { self.handle = handle }

  /// Makes the poll's present or next wait return with this waker's event, without blocking.
  ///
  /// After the poll is gone, the call has no effect.
  ///
  /// - Throws: The system's error if the system refuses the wake, which does not happen in normal operation.
  /// - Complexity: O(1); no allocation. A fence and a load if a wake is pending, else one system call.
  ///
  /// Source: eventfd(2); kqueue(2), `EVFILT_USER`.
  @inlinable public func wake() throws(IOError) { try handle.wake() }
}

extension Registry {
  /// Makes a waker for the poll.
  ///
  /// - Parameter token: The token that the waker's events carry.
  /// - Returns: The waker, which the program keeps alive for as long as it must work.
  /// - Throws:
  ///   - ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left.
  ///   - ``IOError/Kind/outOfMemory`` if the system has no memory.
  ///   - ``IOError/Kind/noSpace`` if the system can watch no more sources.
  /// - Complexity: O(1) system calls; allocates.
  ///
  /// Source: eventfd(2), epoll_ctl(2); kqueue(2), `EVFILT_USER`.
  public func makeWaker(token: Token) throws(IOError) -> Waker<S> {
    Waker(try selector.makeWaker(token: token))
  }
}
