/// One telling of a source's readiness: which token, and ready for what.
///
/// The conforming type is the system's own event record, so that delivering an event neither translates nor copies.
/// Any property may be asked on any platform; what a selector cannot report answers `false`.
///
/// An event is a hint. After any event an operation may still throw ``IOError/Kind/wouldBlock``; an event may be
/// repeated, and may name a source that an earlier event of the same batch made the program close (see ``Slab``).
///
/// | Property | epoll | poll(2) | kqueue |
/// |---|---|---|---|
/// | ``isReadable`` | `EPOLLIN` | `POLLIN` | `EVFILT_READ`, `EVFILT_USER` |
/// | ``isWritable`` | `EPOLLOUT` | `POLLOUT` | `EVFILT_WRITE` |
/// | ``isError`` | `EPOLLERR` | `POLLERR` | `EV_ERROR`, or `EV_EOF` with `fflags` ≠ 0 |
/// | ``isReadClosed`` | `EPOLLHUP`, `EPOLLRDHUP` | as epoll | `EVFILT_READ` and `EV_EOF` |
/// | ``isWriteClosed`` | `EPOLLHUP`; `EPOLLOUT` and `EPOLLERR`; `EPOLLERR` alone | as epoll | `EVFILT_WRITE` and `EV_EOF` |
/// | ``isPriority`` | `EPOLLPRI` | `POLLPRI` | never |
///
/// Source: epoll_ctl(2), poll(2), Linux man-pages 6; kqueue(2), FreeBSD 14.
public protocol ReadinessEvent: BitwiseCopyable, Sendable, CustomStringConvertible,
  CustomDebugStringConvertible
{
  /// The token under which the source, or the waker, was registered.
  var token: Token { get }
  /// Whether there is something to read or to accept; `true` for a waker's event.
  var isReadable: Bool { get }
  /// Whether there is space to write, or a connection attempt has ended.
  var isWritable: Bool { get }
  /// Whether the source has a pending error; ask its `takePendingError()`.
  var isError: Bool { get }
  /// Whether nothing more will arrive: what is buffered can still be read, then reading returns 0.
  var isReadClosed: Bool { get }
  /// Whether nothing more can be written.
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
