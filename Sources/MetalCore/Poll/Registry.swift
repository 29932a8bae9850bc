/// The right to change what a poll watches.
///
/// A copyable handle on the poll's selector: hand a copy to another thread and register from there, also while the poll
/// is waiting. A registry keeps the selector alive, but not the poll.
///
/// | Selector | What differs |
/// |---|---|
/// | epoll, kqueue | a registration call is one system call and takes effect at once |
/// | poll(2) | a registration call from another thread interrupts the wait, which then goes on; ending a registration waits for that |
@frozen
public struct Registry<S: Selector>: Sendable {
  @usableFromInline package let selector: S

  @inlinable
  package init(selector: S) { self.selector = selector }

  /// Registers a source under a token, for the given interests.
  ///
  /// A condition that already holds is reported by the next poll. Any token is legal, and nothing stops a program from
  /// giving two sources the same one.
  ///
  /// A source of one simulated machine and the poll of another stop the program, since a descriptor means something on
  /// its own machine alone.
  ///
  /// - Throws: ``IOError/Kind/alreadyExists`` if the source is registered already, with this poll or another;
  ///   ``IOError/Kind/unsupported`` for an interest that the selector cannot report; ``IOError/Kind/badDescriptor`` if
  ///   the descriptor is not open; ``IOError/Kind/permissionDenied`` on epoll for a descriptor of a regular file;
  ///   ``IOError/Kind/invalidInput`` on epoll for the descriptor of a poll that would watch itself, directly or through
  ///   other polls; ``IOError/Kind/noSpace`` or ``IOError/Kind/outOfMemory`` if the system can watch no more. A call
  ///   that throws changes nothing.
  /// - Complexity: O(1), or what the system makes of it (epoll: O(log registered)); no allocation, but for the growth
  ///   of poll(2)'s table.
  ///
  /// Source: epoll_ctl(2), `EPOLL_CTL_ADD`; poll(2); kqueue(2), `EV_ADD`.
  @inlinable
  public func register<T: Source & ~Copyable>(
    _ source: inout T, token: Token, interests: Interests
  ) throws(IOError) where T.S == S {
    try source.register(with: self, token: token, interests: interests)
  }

  /// Replaces a source's token and interests, and re-arms it.
  ///
  /// Nothing of the former registration remains. A condition that holds is reported again, under the new token, even if
  /// it was reported before.
  ///
  /// - Throws: ``IOError/Kind/notFound`` if the source is not registered with this poll; ``IOError/Kind/unsupported``
  ///   for an interest that the selector cannot report; what the system says if it refuses the change. A call that
  ///   throws ``IOError/Kind/unsupported``, or ``IOError/Kind/notFound`` for another poll's source, changes nothing.
  /// - Complexity: As ``register(_:token:interests:)``.
  ///
  /// | Selector | What differs if the system refuses the change |
  /// |---|---|
  /// | epoll, poll(2) | nothing is changed; a source whose descriptor its owner has closed ends up deregistered |
  /// | kqueue | the source ends up deregistered, since a queue cannot restore what was replaced |
  ///
  /// Source: epoll_ctl(2), `EPOLL_CTL_MOD`; kqueue(2), `EV_ADD` and `EV_DELETE`.
  @inlinable
  public func reregister<T: Source & ~Copyable>(
    _ source: inout T, token: Token, interests: Interests
  ) throws(IOError) where T.S == S {
    try source.reregister(with: self, token: token, interests: interests)
  }

  /// Ends a source's registration: no later poll reports it.
  ///
  /// Closing a source does the same, so a program calls this only to go on using the source.
  ///
  /// - Throws: ``IOError/Kind/notFound`` if the source is not registered with this poll.
  /// - Complexity: As ``register(_:token:interests:)``.
  ///
  /// Source: epoll_ctl(2), `EPOLL_CTL_DEL`; kqueue(2), `EV_DELETE`.
  @inlinable
  public func deregister<T: Source & ~Copyable>(_ source: inout T) throws(IOError) where T.S == S {
    try source.deregister(from: self)
  }
}
