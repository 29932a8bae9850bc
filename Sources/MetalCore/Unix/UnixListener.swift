/// A Unix-domain socket that accepts connections.
///
/// ```swift
/// var listener = try UnixListener(bindingTo: UnixAddress(pathname: "/run/chat.sock"))
/// ```
///
/// Binding a path name makes a file, which stays when the listener goes: remove it before or after. Only
/// ``Interest/readable`` is ever reported. The listener owns its descriptor: dropping it closes the socket and ends
/// its registration.
///
/// Source: unix(7), Linux man-pages 6; unix(4), FreeBSD 14.
@frozen
public struct UnixListener<S: Selector>: ~Copyable, Socket {
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

  /// Binds a new socket to an address and starts to listen.
  ///
  /// On Linux the unnamed address lets the system choose an abstract name, which nobody else has: ask ``localAddress``.
  ///
  /// - Throws: ``IOError/Kind/addressInUse`` if the file exists, whether somebody listens or not, or another socket
  ///   has the abstract name; ``IOError/Kind/notFound`` if the folder does not exist;
  ///   ``IOError/Kind/permissionDenied`` if the file may not be made; ``IOError/Kind/invalidInput`` for a path that is
  ///   longer than the system's addresses, or an option out of its range; ``IOError/Kind/noSpace`` if the system has no
  ///   abstract name left to choose; ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no
  ///   descriptor is left; ``IOError/Kind/unsupported`` for an abstract name, and for the unnamed address, where the
  ///   system has no abstract names.
  /// - Complexity: Three system calls, and one more for each option; no allocation.
  ///
  /// Source: socket(2), bind(2), listen(2); unix(7), "Autobind feature".
  @inlinable
  public init(
    bindingTo address: UnixAddress, options: SocketOptions = SocketOptions(), on kernel: S.K = .current
  ) throws(IOError) {
    let handle = try SourceHandle<S>.open(.unix, .stream, options, on: kernel)
    try kernel.bind(handle.descriptor, to: address)
    try kernel.listen(handle.descriptor, backlog: options.backlog)
    self.init(handle: handle)
  }
}

extension UnixListener {
  /// Accepts the next connection.
  ///
  /// The stream is non-blocking and close-on-exec. After an event, accept until this throws
  /// ``IOError/Kind/wouldBlock``.
  ///
  /// - Throws: ``IOError/Kind/wouldBlock`` if none is waiting; ``IOError/Kind/connectionAborted`` if the peer gave up
  ///   meanwhile (go on accepting); ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if
  ///   no descriptor is left: the connection stays in the queue **and no new event comes for it**, so accept again
  ///   once a descriptor is free.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: accept4(2); accept(2), FreeBSD 14.
  @inlinable
  public func accept() throws(IOError) -> Accepted<UnixStream<S>, UnixAddress> {
    var descriptor = S.K.noDescriptor
    var peerAddress = UnixAddress.unnamed
    let result = handle.kernel.accept(handle.descriptor, into: &descriptor, peerAddress: &peerAddress)
    _ = try handle.acceptCount(result)
    return Accepted(
      stream: UnixStream(handle: SourceHandle(owning: descriptor, on: handle.kernel)),
      peerAddress: peerAddress)
  }

  /// Accepts the next connection, or returns `nil` if none is waiting.
  ///
  /// - Throws: As ``accept()``, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: As ``accept()``.
  @inlinable
  public func acceptIfReady() throws(IOError) -> Accepted<UnixStream<S>, UnixAddress>? {
    var descriptor = S.K.noDescriptor
    var peerAddress = UnixAddress.unnamed
    let result = handle.kernel.accept(handle.descriptor, into: &descriptor, peerAddress: &peerAddress)
    guard try handle.acceptCountIfReady(result) != nil else { return nil }
    return Accepted(
      stream: UnixStream(handle: SourceHandle(owning: descriptor, on: handle.kernel)),
      peerAddress: peerAddress)
  }

  /// The address the socket is bound to; unnamed if it never was.
  ///
  /// Source: getsockname(2), unix(7).
  @inlinable
  public var localAddress: UnixAddress {
    get throws(IOError) { try handle.kernel.localUnixAddress(of: handle.descriptor) }
  }
}
