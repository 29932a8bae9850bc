/// Registers sources with a poll, and changes or ends their registrations.
///
/// A registry is a copyable handle on the poll's selector. Hand a copy to another thread and register sources there,
/// even while the poll waits. A registry keeps the selector alive, but not the poll.
///
/// | Selector | Difference |
/// |---|---|
/// | epoll, kqueue | A registration call is one system call and takes effect at once. |
/// | AFD | A call takes effect with the next wait. During a wait of another thread, the call takes effect at once. |
/// | poll(2) | A call from another thread interrupts the wait, which then goes on. |
/// | poll(2) | A call that ends a registration from another thread returns after this interruption. |
@frozen
public struct Registry<S: Selector>: Sendable {
  @usableFromInline package let selector: S

  @inlinable
  package init(selector: S) { self.selector = selector }

  /// Registers a source under a token, for the given interests.
  ///
  /// The next wait reports a condition that already holds.
  ///
  /// - Parameters:
  ///   - source: The source to watch. A source of a simulated machine needs a poll of the same machine. Registering
  ///     with a poll of another machine stops the program, because a descriptor is valid on its own machine only.
  ///   - token: The token that the source's events carry. Any token is legal, and two sources may have the same token.
  ///   - interests: The conditions to report.
  /// - Throws: A call that throws changes nothing.
  ///   - ``IOError/Kind/alreadyExists`` if the source is registered already, with this poll or another poll.
  ///   - ``IOError/Kind/unsupported`` for an interest that the selector cannot report.
  ///   - ``IOError/Kind/badDescriptor`` if the descriptor is not open.
  ///   - ``IOError/Kind/permissionDenied`` on epoll for a descriptor of a regular file.
  ///   - ``IOError/Kind/invalidInput`` on epoll for the descriptor of a poll that would watch itself, directly or
  ///     through other polls.
  ///   - ``IOError/Kind/noSpace`` or ``IOError/Kind/outOfMemory`` if the system can watch no more sources.
  /// - Complexity: O(1), or the cost of the system's call (epoll: O(log registered)). Allocates only when the table of
  ///   poll(2) grows.
  ///
  /// Source: epoll_ctl(2), `EPOLL_CTL_ADD`; poll(2); kqueue(2), `EV_ADD`.
  @inlinable
  public func register<T: Source & ~Copyable>(
    _ source: inout T, token: Token, interests: Interests
  ) throws(IOError) where T.S == S {
    try source.register(with: self, token: token, interests: interests)
  }

  /// Replaces a source's token and interests, and re-arms the source.
  ///
  /// Nothing of the former registration remains. If a condition holds, the poll reports the condition under the new
  /// token, even if an earlier event has reported the condition.
  ///
  /// - Parameters:
  ///   - source: The source, which must be registered with this poll.
  ///   - token: The new token.
  ///   - interests: The new interests.
  /// - Throws: A call that throws ``IOError/Kind/unsupported`` changes nothing. A call that throws
  ///   ``IOError/Kind/notFound`` for another poll's source changes nothing either.
  ///   - ``IOError/Kind/notFound`` if the source is not registered with this poll.
  ///   - ``IOError/Kind/unsupported`` for an interest that the selector cannot report.
  ///   - Any other error of the system if it refuses the change.
  /// - Complexity: The same as for ``register(_:token:interests:)``.
  ///
  /// | Selector | State after the system refused the change |
  /// |---|---|
  /// | epoll, poll(2), AFD | The registration is unchanged, or gone if its owner has closed the descriptor. |
  /// | kqueue | The source is deregistered, because a queue cannot restore the former registration. |
  ///
  /// Source: epoll_ctl(2), `EPOLL_CTL_MOD`; kqueue(2), `EV_ADD` and `EV_DELETE`.
  @inlinable
  public func reregister<T: Source & ~Copyable>(
    _ source: inout T, token: Token, interests: Interests
  ) throws(IOError) where T.S == S {
    try source.reregister(with: self, token: token, interests: interests)
  }

  /// Ends a source's registration, so that no later wait reports the source.
  ///
  /// Closing a source also ends its registration. A program calls this method only if it goes on using the source.
  ///
  /// - Parameter source: The source, which must be registered with this poll.
  /// - Throws: ``IOError/Kind/notFound`` if the source is not registered with this poll.
  /// - Complexity: The same as for ``register(_:token:interests:)``.
  ///
  /// Source: epoll_ctl(2), `EPOLL_CTL_DEL`; kqueue(2), `EV_DELETE`.
  @inlinable
  public func deregister<T: Source & ~Copyable>(_ source: inout T) throws(IOError) where T.S == S {
    try source.deregister(from: self)
  }
}
