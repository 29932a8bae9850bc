/// A report of a source's readiness: which token, and ready for what.
///
/// The conforming type is the system's own event record, so that delivering an event neither translates nor copies. Any
/// property may be asked on any platform; what a selector cannot report answers `false`.
///
/// An event is a hint. After any event an operation may still return `nil` because it would block. An event may be
/// repeated, and may name a source that an earlier event of the same batch made the program close (see ``Slab``).
///
/// | Property | epoll | poll(2) | kqueue |
/// |---|---|---|---|
/// | ``isReadable`` | `EPOLLIN` | `POLLIN` | `EVFILT_READ`, `EVFILT_USER` |
/// | ``isWritable`` | `EPOLLOUT` | `POLLOUT` | `EVFILT_WRITE` |
/// | ``isError`` | `EPOLLERR` | `POLLERR` | `EV_ERROR`, or `EV_EOF` with `fflags` ≠ 0 |
/// | ``isReadClosed`` | `EPOLLHUP`, `EPOLLRDHUP` | `POLLHUP`, `POLLRDHUP` | `EVFILT_READ` and `EV_EOF` |
/// | ``isWriteClosed`` | `EPOLLHUP` | `POLLHUP` | `EVFILT_WRITE` and `EV_EOF` |
/// | ``isPriority`` | `EPOLLPRI` | `POLLPRI` | never |
///
/// On epoll and poll(2), Linux reports a hang-up that need not last for three kinds of taken-over descriptor: a FIFO
/// without a writer, a pseudo-terminal's master without a slave, and a socket that was never connected.
/// ``isReadClosed`` and ``isWriteClosed`` are `true` there until somebody opens the other end, or the socket connects;
/// such a master can be written to all the same.
///
/// Source: epoll_ctl(2), poll(2), Linux man-pages 6; kqueue(2), FreeBSD 14.
public protocol ReadinessEvent: BitwiseCopyable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  /// The token under which the source, or the waker, was registered.
  var token: Token { get }
  /// Whether there is something to read or to accept; `true` for a waker's event.
  ///
  /// Urgent data alone is not something to read: ``isPriority`` reports it.
  var isReadable: Bool { get }
  /// Whether there is space to write, or a connection attempt has ended.
  var isWritable: Bool { get }
  /// Whether the source reports an error, which need not end it.
  ///
  /// Try the operation that the program wants: it throws what is wrong, or succeeds. A UDP socket works on after a
  /// refused datagram; a socket's `takePendingError()` returns `nil` if the error was for its error queue alone. On a
  /// ``PipeWriter`` the error is that all readers are gone, which kqueue reports by ``isWriteClosed`` instead.
  var isError: Bool { get }
  /// Whether nothing more will arrive: what is buffered can still be read, then reading returns 0.
  var isReadClosed: Bool { get }
  /// Whether nothing more can be written: what is written throws ``IOError/Kind/brokenPipe`` or the pending error.
  ///
  /// `false` does not promise that writing succeeds. On epoll and poll(2) an error alone (``isError``) leaves it
  /// `false`, and so does one's own shutdown of the writing side.
  var isWriteClosed: Bool { get }
  /// Whether there is urgent data or another exceptional condition.
  var isPriority: Bool { get }
}

extension ReadinessEvent {
  /// The token and the name of every flag that is set; the text is not stable.
  public var description: String {
    var text = "token \(token.rawValue):"
    if isReadable { text += " readable" }
    if isWritable { text += " writable" }
    if isError { text += " error" }
    if isReadClosed { text += " read-closed" }
    if isWriteClosed { text += " write-closed" }
    if isPriority { text += " priority" }
    return text
  }
}
