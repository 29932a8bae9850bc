/// A Unix-domain socket that accepts connections.
///
/// ```swift
/// var listener = try UnixListener(bindingTo: UnixAddress(pathname: "/run/chat.sock"))
/// ```
///
/// Binding a path name makes a file, which stays when the listener goes: remove it before or after. Only
/// ``Interest/readable`` is ever reported. The listener owns its descriptor: dropping it closes the socket and ends its
/// registration.
///
/// Source: unix(7), Linux man-pages 6; unix(4), FreeBSD 14.
@frozen
public struct UnixListener<S: Selector>: ~Copyable, Sendable {
  @usableFromInline
  package var handle: SourceHandle<S>

  @inlinable
  package init(handle: consuming SourceHandle<S>) {
    self.handle = handle
  }

  /// Binds a new socket to an address and starts to listen.
  ///
  /// - Throws: ``IOError/Kind/addressInUse`` if the file exists, whether somebody listens or not, or another socket has
  ///   the abstract name; ``IOError/Kind/notFound`` if the folder does not exist;
  ///   ``IOError/Kind/permissionDenied`` if the file may not be made; ``IOError/Kind/invalidInput`` for the unnamed
  ///   address; ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left;
  ///   ``IOError/Kind/unsupported`` for an abstract name where the system has none.
  /// - Complexity: Three system calls, and one more for each option; no allocation.
  ///
  /// Source: socket(2), bind(2), listen(2), unix(7).
  @inlinable
  public init(
    bindingTo address: UnixAddress, options: SocketOptions = SocketOptions(), on kernel: S.K = .current
  ) throws(IOError) {
    let handle = try SourceHandle<S>.open(.unix, .stream, options, on: kernel)
    guard !address.isUnnamed else { throw IOError(.invalidInput) }
    try kernel.bind(handle.descriptor, to: address)
    try kernel.listen(handle.descriptor, backlog: options.backlog)
    self.init(handle: handle)
  }

  /// Closes the socket and ends its registration; the file stays.
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
    _ = try handle.count(result, .readable)
    return Accepted(stream: UnixStream(owning: descriptor, on: handle.kernel), peerAddress: peerAddress)
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
    guard try handle.countIfReady(result, .readable) != nil else { return nil }
    return Accepted(stream: UnixStream(owning: descriptor, on: handle.kernel), peerAddress: peerAddress)
  }

  /// The address the socket is bound to; unnamed if it never was.
  ///
  /// Source: getsockname(2), unix(7).
  @inlinable
  public var localAddress: UnixAddress {
    get throws(IOError) { try handle.kernel.localUnixAddress(of: handle.descriptor) }
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
    try handle.perform(rearming: .readable, operation)
  }
}

extension UnixListener: Source {
  /// Registers the listener; called by ``Registry/register(_:token:interests:)``.
  @inlinable
  public mutating func register(with registry: Registry<S>, token: Token, interests: Interest) throws(IOError)
  {
    try handle.register(with: registry, token: token, interests: interests)
  }

  /// Reregisters the listener; called by ``Registry/reregister(_:token:interests:)``.
  @inlinable
  public mutating func reregister(with registry: Registry<S>, token: Token, interests: Interest)
    throws(IOError)
  {
    try handle.reregister(with: registry, token: token, interests: interests)
  }

  /// Deregisters the listener; called by ``Registry/deregister(_:)``.
  @inlinable
  public mutating func deregister(from registry: Registry<S>) throws(IOError) {
    try handle.deregister(from: registry)
  }
}
