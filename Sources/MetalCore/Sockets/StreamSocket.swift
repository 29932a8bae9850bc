/// A connected socket that carries a stream of bytes: ``TCPStream`` and ``UnixStream``.
///
/// Generic code may take either. Each call that may block has two forms: `read(into:)` throws
/// ``IOError/Kind/wouldBlock``, `readIfReady(into:)` returns `nil` instead. The second reads better in a loop and
/// costs less.
public protocol StreamSocket<S>: Socket, ~Copyable {}
