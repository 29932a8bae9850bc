/// A connection between two processes of one machine.
///
/// ```swift
/// var stream = try UnixStream(connectingTo: UnixAddress(pathname: "/run/chat.sock"))
/// ```
///
/// Used like ``TCPStream``. The stream owns its descriptor: dropping it closes the connection and ends its registration.
/// Reading and writing may be used from several threads at once; registering needs exclusive access.
///
/// Source: unix(7), Linux man-pages 6; unix(4), FreeBSD 14.
@frozen
public struct UnixStream<S: Selector>: ~Copyable, Sendable {
  @usableFromInline
  package var handle: SourceHandle<S>

  @inlinable
  package init(handle: consuming SourceHandle<S>) {
    self.handle = handle
  }

  @inlinable
  package init(owning descriptor: S.K.Descriptor, on kernel: S.K) {
    handle = SourceHandle(owning: descriptor, on: kernel)
  }

  /// Connects a new socket to an address.
  ///
  /// Unlike TCP, the connection stands when this returns, before it was accepted; what is written is kept for whoever
  /// accepts it.
  ///
  /// - Throws: ``IOError/Kind/notFound`` if there is no such file; ``IOError/Kind/connectionRefused`` if nobody listens;
  ///   ``IOError/Kind/wouldBlock`` on Linux, ``IOError/Kind/connectionRefused`` elsewhere, if the listener's backlog is
  ///   full: try again later; ``IOError/Kind/invalidInput`` for the unnamed address;
  ///   ``IOError/Kind/permissionDenied`` if the file may not be written to; ``IOError/Kind/tooManyOpenFiles`` or
  ///   ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left; ``IOError/Kind/unsupported`` for an abstract
  ///   name where the system has none.
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
  /// - Throws: ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptors are left.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: socketpair(2).
  @inlinable
  public static func pair(on kernel: S.K = .current) throws(IOError) -> Pair<UnixStream, UnixStream> {
    let descriptors = try kernel.openSocketPair(.stream)
    return Pair(
      UnixStream(owning: descriptors.first, on: kernel), UnixStream(owning: descriptors.second, on: kernel))
  }

  /// Closes the connection and ends its registration.
  ///
  /// Dropping it does the same and ignores the error. The descriptor is gone in either case.
  ///
  /// - Throws: What the system reports of closing.
  ///
  /// Source: close(2).
  @inlinable
  public consuming func close() throws(IOError) {
    try handle.close()
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

  /// Returns the socket's pending error and clears it; `nil` if there is none.
  ///
  /// Source: `SO_ERROR` in socket(7).
  @inlinable
  public func takePendingError() throws(IOError) -> IOError? {
    try handle.kernel.takePendingError(of: handle.descriptor)
  }

  /// Runs an operation of the program's own on the descriptor, once, and hands back its value or error.
  ///
  /// An operation that would block must throw an error of kind ``IOError/Kind/wouldBlock``; the source is re-armed
  /// then, as after the library's own operations. The operation must not close the descriptor.
  ///
  /// - Throws: What the operation throws.
  @inlinable
  public func perform<R: ~Copyable>(
    _ operation: (S.K.Descriptor) throws(IOError) -> R
  ) throws(IOError) -> R {
    try handle.perform(rearming: [.readable, .writable], operation)
  }
}

extension UnixStream: Source {
  /// Registers the stream; called by ``Registry/register(_:token:interests:)``.
  @inlinable
  public mutating func register(with registry: Registry<S>, token: Token, interests: Interest) throws(IOError)
  {
    try handle.register(with: registry, token: token, interests: interests)
  }

  /// Reregisters the stream; called by ``Registry/reregister(_:token:interests:)``.
  @inlinable
  public mutating func reregister(with registry: Registry<S>, token: Token, interests: Interest)
    throws(IOError)
  {
    try handle.reregister(with: registry, token: token, interests: interests)
  }

  /// Deregisters the stream; called by ``Registry/deregister(_:)``.
  @inlinable
  public mutating func deregister(from registry: Registry<S>) throws(IOError) {
    try handle.deregister(from: registry)
  }
}
