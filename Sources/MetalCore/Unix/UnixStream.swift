/// A connection between two processes of one machine.
///
/// ```swift
/// var stream = try UnixStream(connectingTo: UnixAddress(pathname: "/run/chat.sock"))
/// ```
///
/// Used like ``TCPStream``. The stream owns its descriptor: dropping it closes the connection and ends its
/// registration. Reading and writing may be used from several threads at once; registering needs exclusive access.
///
/// Source: unix(7), Linux man-pages 6; unix(4), FreeBSD 14.
@frozen
public struct UnixStream<S: Selector>: ~Copyable, StreamSocket {
  /// The descriptor with its registration.
  public var handle: SourceHandle<S>

  /// Makes a source around a descriptor.
  @inlinable
  public init(handle: consuming SourceHandle<S>) {
    self.handle = handle
  }

  /// Takes the descriptor with its registration out of the source.
  @inlinable
  public consuming func takeHandle() -> SourceHandle<S> {
    handle
  }

  /// Connects a new socket to an address.
  ///
  /// Unlike TCP, the connection stands when this returns, before it was accepted; what is written is kept for whoever
  /// accepts it.
  ///
  /// - Throws: ``IOError/Kind/notFound`` if there is no such file; ``IOError/Kind/connectionRefused`` if nobody
  ///   listens, or the listener's backlog is full: no event says when it has room, so try again later;
  ///   ``IOError/Kind/invalidInput`` for the unnamed address;
  ///   ``IOError/Kind/permissionDenied`` if the file may not be written to; ``IOError/Kind/tooManyOpenFiles`` or
  ///   ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left; ``IOError/Kind/unsupported`` for an
  ///   abstract name where the system has none.
  /// - Complexity: Two system calls, and one more for each option; no allocation.
  ///
  /// Source: socket(2), connect(2), unix(7).
  @inlinable
  public init(
    connectingTo address: UnixAddress, options: SocketOptions = SocketOptions(), on kernel: S.K = .current
  ) throws(IOError) {
    let handle = try SourceHandle<S>.open(.unix, .stream, options, on: kernel)
    try kernel.connect(handle.descriptor, to: address)
    self.init(handle: handle)
  }

  /// Makes two unnamed streams that are connected with each other.
  ///
  /// - Throws: ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptors are
  ///   left.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: socketpair(2).
  @inlinable
  public static func pair(on kernel: S.K = .current) throws(IOError) -> Pair<UnixStream, UnixStream> {
    let descriptors = try kernel.openSocketPair(.stream)
    return Pair(
      UnixStream(handle: SourceHandle(owning: descriptors.first, on: kernel)),
      UnixStream(handle: SourceHandle(owning: descriptors.second, on: kernel)))
  }
}

extension UnixStream {
  /// The address the socket is bound to; unnamed if it never was.
  ///
  /// Source: getsockname(2), unix(7).
  @inlinable
  public var localAddress: UnixAddress {
    get throws(IOError) { try handle.kernel.localUnixAddress(of: handle.descriptor) }
  }

  /// The address of the other end, unnamed if that was never bound; throws ``IOError/Kind/notConnected`` without one.
  ///
  /// Source: getpeername(2), unix(7).
  @inlinable
  public var peerAddress: UnixAddress {
    get throws(IOError) { try handle.kernel.peerUnixAddress(of: handle.descriptor) }
  }
}
