/// A socket that accepts connections: TCP or Unix-domain, by the type of its addresses.
///
/// ```swift
/// var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
/// try poll.registry.register(&listener, token: .listener, interests: .readable)
/// …
/// while let accepted = try listener.accept() { … }
/// ```
///
/// `TCPListener` is this type with ``SocketAddress``, `UnixListener` with ``UnixAddress``.
///
/// Dropping the listener closes its socket and ends its registration. Only ``Interests/readable`` is ever reported. Its
/// methods may be called from several threads at once; registering needs exclusive access.
///
/// Source: listen(2), accept(2); tcp(7), unix(7), Linux man-pages 6; tcp(4), unix(4), FreeBSD 14.
@frozen
public struct ListeningSocket<S: Selector, Address: EndpointAddress>: ~Copyable, Sendable {
  @usableFromInline package var handle: SourceHandle<S>

  @inlinable package init(handle: consuming SourceHandle<S>) { self.handle = handle }

  /// Binds a new socket to an address and starts to listen.
  ///
  /// - TCP: port 0 lets the system choose: ask ``localAddress``. The address may be bound although recently closed
  ///   connections still occupy it (`SO_REUSEADDR`), unless the options have `.reuseAddress(false)`.
  /// - Unix domain: binding a path name makes a file, which stays when the listener goes: remove it before or after. On
  ///   Linux the unnamed address lets the system choose a free abstract name: ask ``localAddress``.
  ///
  /// The `options`, such as `.reusePort(true)`, are set before binding. The `backlog` is the most connections that wait
  /// to be accepted; the system may cap it.
  ///
  /// - Throws: ``IOError/Kind/addressInUse`` if another listener holds the address, or the file exists, whether
  ///   somebody listens or not; ``IOError/Kind/addressNotAvailable`` if it is not an address of this machine, or no
  ///   port is free to choose; ``IOError/Kind/permissionDenied`` for a privileged port, or a file that may not be made;
  ///   ``IOError/Kind/notFound`` if the file's folder does not exist; ``IOError/Kind/noSpace`` if the system has no
  ///   abstract name left to choose; ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if
  ///   no descriptor is left; ``IOError/Kind/unsupported`` if the system lacks the address family or an option, and for
  ///   an abstract name or the unnamed address where there are no abstract names; ``IOError/Kind/invalidInput`` for a
  ///   negative backlog, an option out of its range, or a path that is longer than the system's addresses.
  /// - Complexity: Four system calls, three for a Unix-domain socket, and one to three more for each option; no
  ///   allocation.
  ///
  /// Source: socket(2), setsockopt(2), bind(2), listen(2); tcp(7), ip(7), ipv6(7); unix(7), "Autobind feature".
  @inlinable @inline(never)
  public init(
    bindingTo address: Address, backlog: Int = 1024,
    options: [SocketSetting<SocketKind.Stream, Address>] = [], on kernel: S.K = .current
  ) throws(IOError) {
    let handle = try SourceHandle<S>.open(
      address.family, .stream, options, reusesAddress: Address.isInternet, on: kernel)
    try kernel.bind(handle.descriptor, to: address)
    try kernel.listen(handle.descriptor, backlog: backlog)
    self.init(handle: handle)
  }

  /// Accepts the next connection; returns `nil` if none is waiting.
  ///
  /// The stream is non-blocking and close-on-exec. After an event, accept until this returns `nil`.
  ///
  /// - Throws: ``IOError/Kind/connectionAborted`` if the peer gave up meanwhile (go on accepting);
  ///   ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left: the
  ///   connection stays in the queue **and no new event comes for it**, so accept again once a descriptor is free.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: accept4(2); accept(2), FreeBSD 14.
  @inlinable
  public func accept() throws(IOError) -> AcceptedConnection<S, Address>? {
    var descriptor = S.K.noDescriptor
    var peerAddress = Address.unspecified
    let result = handle.kernel.accept(handle.descriptor, into: &descriptor, from: &peerAddress)
    guard try handle.acceptCount(result) != nil else { return nil }
    return AcceptedConnection(
      stream: StreamSocket(handle: SourceHandle(owning: descriptor, on: handle.kernel)), peerAddress: peerAddress)
  }

  /// The address the socket is bound to, with the port that the system chose; unspecified if it never was.
  ///
  /// - Throws: ``IOError/Kind/badDescriptor`` only if the descriptor was closed outside the library;
  ///   ``IOError/Kind/invalidInput`` or ``IOError/Kind/unsupported`` for an adopted descriptor of another kind.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: getsockname(2); ip(7), unix(7).
  @inlinable
  public var localAddress: Address {
    @inline(never) get throws(IOError) { try handle.kernel.localAddress(of: handle.descriptor) }
  }

  /// Returns the value of an option, such as ``SocketOption/hopLimit``.
  ///
  /// - Throws: ``IOError/Kind/unsupported`` if the system lacks the option, or the socket is of a family without it;
  ///   ``IOError/Kind/invalidInput`` or ``IOError/Kind/connectionReset`` on macOS and the BSDs after a reset.
  /// - Complexity: One or two system calls; no allocation.
  ///
  /// Source: getsockopt(2).
  @inlinable
  public func option<Value>(_ option: SocketOption<SocketKind.Stream, Address, Value>) throws(IOError) -> Value {
    try handle.option(option)
  }

  /// Sets an option, such as ``SocketOption/hopLimit``.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` if the value is out of the option's range; otherwise as ``option(_:)``.
  /// - Complexity: One to three system calls; no allocation.
  ///
  /// Source: setsockopt(2).
  @inlinable
  public func setOption<Value>(
    _ option: SocketOption<SocketKind.Stream, Address, Value>, to value: Value
  ) throws(IOError) {
    try handle.setOption(option, to: value)
  }

  /// Returns the socket's pending error and clears it; `nil` if there is none.
  ///
  /// It is the cause of an event that reports ``ReadinessEvent/isError``.
  ///
  /// - Throws: ``IOError/Kind/badDescriptor`` only if the descriptor was closed outside the library;
  ///   ``IOError/Kind/invalidInput`` for an adopted descriptor that is not a socket.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `SO_ERROR` in socket(7).
  @inlinable public func takePendingError() throws(IOError) -> IOError? { try handle.takePendingError() }
}

extension ListeningSocket: DescriptorSource {
  /// Wraps a descriptor that was made elsewhere, without changing any of its flags.
  @inlinable public init(adopting descriptor: consuming S.K.Owner) { handle = SourceHandle(adopting: descriptor) }

  /// The descriptor, which stays the source's to close.
  @inlinable public var rawDescriptor: S.K.Descriptor { handle.descriptor }

  /// Takes the descriptor out; a source that is still registered stops the program: deregister it first.
  @inlinable public consuming func releaseDescriptor() -> S.K.Owner { handle.releaseOwner() }

  /// Closes the descriptor and ends the source's registration; see ``DescriptorSource/close()``.
  @inlinable public consuming func close() throws(IOError) { try handle.close() }

  /// Runs an operation of the program's own on the descriptor; see ``DescriptorSource/perform(_:)``.
  @inlinable
  public func perform<R: ~Copyable>(_ operation: (S.K.Descriptor) throws(IOError) -> R) throws(IOError) -> R? {
    try handle.perform(operation)
  }

  /// Registers the source; called by ``Registry/register(_:token:interests:)``.
  @inlinable
  public mutating func register(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError) {
    try handle.register(with: registry, token: token, interests: interests)
  }

  /// Reregisters the source; called by ``Registry/reregister(_:token:interests:)``.
  @inlinable
  public mutating func reregister(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError) {
    try handle.reregister(with: registry, token: token, interests: interests)
  }

  /// Deregisters the source; called by ``Registry/deregister(_:)``.
  @inlinable
  public mutating func deregister(from registry: Registry<S>) throws(IOError) { try handle.deregister(from: registry) }
}

/// A connection that a listener accepted, and the address it came from.
///
/// Each part can be consumed by itself. The type replaces a tuple, which cannot hold noncopyable values.
@frozen
public struct AcceptedConnection<S: Selector, Address: EndpointAddress>: ~Copyable, Sendable {
  /// The connection.
  public var stream: StreamSocket<S, Address>
  /// The peer's address.
  public let peerAddress: Address

  @inlinable
  init(stream: consuming StreamSocket<S, Address>, peerAddress: Address) {
    self.stream = stream
    self.peerAddress = peerAddress
  }
}
