/// Reports the readiness of a source, by the source's token and a flag for each condition.
///
/// The conforming type is the system's own event record, so the delivery neither translates nor copies an event. A
/// program may read every property on every platform. A flag that the selector cannot report is `false`.
///
/// An event is a hint. After any event an operation may still return `nil` because it would block. A poll may repeat an
/// event. An event may also name a source that the program closed for an earlier event of the same batch (see
/// ``Slab``).
///
/// | Property | epoll | poll(2) | kqueue | AFD |
/// |---|---|---|---|---|
/// | ``isReadable`` | `EPOLLIN` | `POLLIN` | `EVFILT_READ`, `EVFILT_USER` | `RECEIVE`, `ACCEPT` |
/// | ``isWritable`` | `EPOLLOUT` | `POLLOUT` | `EVFILT_WRITE` | `SEND` |
/// | ``isError`` | `EPOLLERR` | `POLLERR` | `EV_ERROR`, or `EV_EOF` with `fflags` ≠ 0 | `ABORT`, `CONNECT_FAIL` |
/// | ``isReadClosed`` | `EPOLLHUP`, `EPOLLRDHUP` | `POLLHUP`, `POLLRDHUP` | `EVFILT_READ` and `EV_EOF` | `DISCONNECT`, `ABORT`, `CONNECT_FAIL` |
/// | ``isWriteClosed`` | `EPOLLHUP` | `POLLHUP` | `EVFILT_WRITE` and `EV_EOF` | `ABORT`, `CONNECT_FAIL` |
/// | ``isPriority`` | `EPOLLPRI` | `POLLPRI` | never | `RECEIVE_EXPEDITED` |
///
/// The flags of AFD begin with `AFD_POLL_`.
///
/// On epoll and poll(2), Linux reports a hang-up that may end again for three kinds of adopted descriptor:
///
/// - a FIFO without a writer;
/// - a pseudo-terminal's master without a slave, to which a program can still write;
/// - a socket that was never connected.
///
/// For these descriptors ``isReadClosed`` and ``isWriteClosed`` are `true` until a process opens the other end, or the
/// socket connects.
///
/// Source: epoll_ctl(2), poll(2), Linux man-pages 6; kqueue(2), FreeBSD 14.
public protocol ReadinessEvent: BitwiseCopyable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  /// The token under which the source, or the waker, was registered.
  var token: Token { get }
  /// Whether there is something to read or to accept.
  ///
  /// A waker's event also sets this flag. Urgent data alone sets ``isPriority`` instead of this flag.
  var isReadable: Bool { get }
  /// Whether there is space to write, or a connection attempt has ended.
  var isWritable: Bool { get }
  /// Whether the source reports an error, which need not end the source.
  ///
  /// Try the operation that the program wants: the call throws the error, or succeeds. A UDP socket keeps working after
  /// a refused datagram. A socket's `takePendingError()` returns `nil` if the error concerned only the socket's error
  /// queue. On a ``PipeWriter`` the error means that all readers are gone. On kqueue ``isWriteClosed`` reports that all
  /// readers are gone instead.
  var isError: Bool { get }
  /// Whether nothing more will arrive.
  ///
  /// A program can still read the buffered bytes. After the last byte, reading returns 0.
  var isReadClosed: Bool { get }
  /// Whether nothing more can be written.
  ///
  /// After this event a write throws ``IOError/Kind/brokenPipe`` or the pending error. The value `false` does not
  /// promise that writing succeeds. On epoll and poll(2) this flag stays `false` for an error alone (``isError``), and
  /// for the program's own shutdown of the writing side.
  var isWriteClosed: Bool { get }
  /// Whether there is urgent data or another exceptional condition.
  var isPriority: Bool { get }
}

extension ReadinessEvent {
  /// The token and the name of every flag that is set.
  ///
  /// The text may change between versions.
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
