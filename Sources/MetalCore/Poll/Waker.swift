/// The right to interrupt a poll's wait, from any thread.
///
/// Several wakers may live on one poll, each reported under its own token with an event that is readable. Wakes of one
/// waker coalesce: any number of them before a poll is one event. No wake is lost: one that is issued at any time after
/// a poll returned makes the next one return. What the waking thread has written before to atomics, or with a lock held,
/// the thread that polls then sees.
///
/// Keep the waker alive for as long as it is to work: dropping it ends its registration, and a wake that is pending
/// goes with it. A waker is an object, so an optimised build may drop the last reference to it after its last use.
/// `withExtendedLifetime` keeps it. Wakers are numbered by the poll, not by the token: two may share one.
///
/// - Complexity: ``Registry/makeWaker(token:)`` allocates; ``wake()`` does not.
///
/// | Selector | What differs |
/// |---|---|
/// | epoll | a descriptor (eventfd) for each waker, one system call a wake; none while a wake is pending already |
/// | poll(2) | no descriptor for a waker; one system call a wake, none while any wake of the poll is pending |
/// | kqueue | a user event for each waker, no descriptor; one system call a wake; none while a wake is pending already |
public final class Waker<S: Selector>: Sendable {
  @usableFromInline package let handle: S.WakerHandle

  init(_ handle: consuming S.WakerHandle) { self.handle = handle }

  /// Makes the poll's present wait, or its next one, return with this waker's event; never blocks.
  ///
  /// When the poll is gone the call has no effect.
  ///
  /// - Throws: Nothing in the normal course; what the system says if it refuses the wake.
  /// - Complexity: O(1), no allocation: a fence and a load if a wake is pending, else one system call.
  ///
  /// Source: eventfd(2); kqueue(2), `EVFILT_USER`.
  @inlinable public func wake() throws(IOError) { try handle.wake() }
}

extension Registry {
  /// Makes a waker for the poll, whose events carry a token.
  ///
  /// - Throws: ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left;
  ///   ``IOError/Kind/outOfMemory`` if the system has no memory; ``IOError/Kind/noSpace`` if it can watch no more.
  /// - Complexity: O(1) system calls; allocates.
  ///
  /// Source: eventfd(2), epoll_ctl(2); kqueue(2), `EVFILT_USER`.
  public func makeWaker(token: Token) throws(IOError) -> Waker<S> {
    Waker(try selector.makeWaker(token: token))
  }
}
