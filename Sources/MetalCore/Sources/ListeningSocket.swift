/// A socket that accepts TCP or Unix-domain connections.
///
/// ```swift
/// var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
/// try poll.registry.register(&listener, token: .listener, interests: .readable)
/// …
/// while let accepted = try listener.accept() { add(accepted.stream) }
/// ```
///
/// `TCPListener` is this type with ``SocketAddress``, and `UnixListener` is this type with ``UnixAddress``.
///
/// Dropping the listener closes its socket and ends its registration. A poll reports only ``Interests/readable`` for a
/// listener. Several threads at once may call the methods. Registering needs exclusive access.
///
/// Source: listen(2), accept(2); tcp(7), unix(7), Linux man-pages 6; tcp(4), unix(4), FreeBSD 14.
@frozen
public struct ListeningSocket<S: Selector, Address: EndpointAddress>: ~Copyable, Sendable {
  @usableFromInline package var handle: SourceHandle<S>

  @inlinable package init(handle: consuming SourceHandle<S>) { self.handle = handle }

  /// Binds a new socket to an address and starts to listen.
  ///
  /// For TCP with port 0, the system chooses the port, which ``localAddress`` returns. The call can take an address
  /// that recently closed connections still occupy (`SO_REUSEADDR`), unless the options have `.reuseAddress(false)`.
  ///
  /// In the Unix domain, binding to a path name makes a file, which stays when the program closes the listener. Remove
  /// the file before binding or after closing. On Linux the system chooses a free abstract name for the unnamed
  /// address. ``localAddress`` returns the name.
  ///
  /// - Parameters:
  ///   - address: The address to listen at.
  ///   - backlog: The most connections that wait to be accepted. The system may cap this number.
  ///   - options: The options to set before binding, such as `.reusePort(true)`.
  ///   - kernel: The kernel that opens the socket. Use the kernel of the poll.
  /// - Throws:
  ///   - ``IOError/Kind/addressInUse`` if another listener holds the address, or the file exists, with or without a
  ///     listener.
  ///   - ``IOError/Kind/addressNotAvailable`` if the address does not belong to this machine, or no port is free.
  ///   - ``IOError/Kind/permissionDenied`` for a privileged port, or a file that the process may not make.
  ///   - ``IOError/Kind/notFound`` if the file's folder does not exist.
  ///   - ``IOError/Kind/noSpace`` if the system has no free abstract name.
  ///   - ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left.
  ///   - ``IOError/Kind/unsupported`` if the system lacks the address family or an option. On systems without abstract
  ///     names the call also throws this kind for an abstract name or the unnamed address.
  ///   - ``IOError/Kind/invalidInput`` for a negative backlog, an option out of its range, or a path that is longer
  ///     than the system's addresses.
  /// - Complexity: Four system calls, or three for a Unix-domain socket, and one to three more for each option. No
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

  /// Accepts the next connection.
  ///
  /// The new stream is non-blocking and close-on-exec. After an event, accept until this call returns `nil`.
  ///
  /// - Returns: The connection and the peer's address, or `nil` if no connection is waiting.
  /// - Throws:
  ///   - ``IOError/Kind/connectionAborted`` if the peer gave up before the call. Go on accepting.
  ///   - ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left. The
  ///     connection stays in the queue **and no new event comes for it**, so accept again when a descriptor is free.
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

  /// The address that the socket is bound to, with the port that the system chose.
  ///
  /// The address is unspecified if the socket was never bound.
  ///
  /// - Throws:
  ///   - ``IOError/Kind/badDescriptor`` only if code outside of the library closed the descriptor.
  ///   - ``IOError/Kind/invalidInput`` or ``IOError/Kind/unsupported`` for an adopted descriptor of another kind.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: getsockname(2); ip(7), unix(7).
  @inlinable
  public var localAddress: Address {
    @inline(never) get throws(IOError) { try handle.kernel.localAddress(of: handle.descriptor) }
  }

  /// Returns the value of an option, such as ``SocketOption/hopLimit``.
  ///
  /// - Parameter option: The option to read.
  /// - Throws:
  ///   - ``IOError/Kind/unsupported`` if the system lacks the option, or the socket's family does not have it.
  ///   - ``IOError/Kind/invalidInput`` or ``IOError/Kind/connectionReset`` on macOS and the BSDs after a reset.
  /// - Complexity: One or two system calls; no allocation.
  ///
  /// Source: getsockopt(2).
  @inlinable
  public func option<Value>(_ option: SocketOption<SocketKind.Stream, Address, Value>) throws(IOError) -> Value {
    try handle.option(option)
  }

  /// Sets an option, such as ``SocketOption/hopLimit``.
  ///
  /// - Parameters:
  ///   - option: The option to set.
  ///   - value: The new value, in the unit and the range that the option's documentation names.
  /// - Throws:
  ///   - ``IOError/Kind/invalidInput`` if the value is out of the option's range.
  ///   - The errors that ``option(_:)`` lists.
  /// - Complexity: One to three system calls; no allocation.
  ///
  /// Source: setsockopt(2).
  @inlinable
  public func setOption<Value>(
    _ option: SocketOption<SocketKind.Stream, Address, Value>, to value: Value
  ) throws(IOError) {
    try handle.setOption(option, to: value)
  }

  /// Returns the socket's pending error and clears it.
  ///
  /// The error is the cause of an event with ``ReadinessEvent/isError``.
  ///
  /// - Returns: The error, or `nil` if none is pending.
  /// - Throws:
  ///   - ``IOError/Kind/badDescriptor`` only if code outside of the library closed the descriptor.
  ///   - ``IOError/Kind/invalidInput`` for an adopted descriptor that is not a socket.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `SO_ERROR` in socket(7).
  @inlinable public func takePendingError() throws(IOError) -> IOError? { try handle.takePendingError() }
}

extension ListeningSocket: DescriptorSource {
  /// Wraps a descriptor that other code opened.
  ///
  /// The source changes none of the descriptor's flags.
  @inlinable public init(adopting descriptor: consuming S.K.Owner) { handle = SourceHandle(adopting: descriptor) }

  /// The descriptor, which the source still owns.
  @inlinable public var rawDescriptor: S.K.Descriptor { handle.descriptor }

  /// Takes the descriptor out of the source, which must not be registered.
  @inlinable public consuming func releaseDescriptor() -> S.K.Owner { handle.releaseOwner() }

  /// Closes the descriptor and ends the source's registration.
  ///
  /// - Throws: The errors that ``DescriptorSource/close()`` lists.
  @inlinable public consuming func close() throws(IOError) { try handle.close() }

  /// Runs an operation of the program's own on the descriptor, as ``DescriptorSource/perform(_:)`` describes.
  ///
  /// - Throws: The operation's error, except ``IOError/Kind/wouldBlock``.
  @inlinable
  public func perform<R: ~Copyable>(_ operation: (S.K.Descriptor) throws(IOError) -> R) throws(IOError) -> R? {
    try handle.perform(operation)
  }

  /// Registers the source, for ``Registry/register(_:token:interests:)``.
  ///
  /// - Throws: The errors that ``Registry/register(_:token:interests:)`` lists.
  @inlinable
  public mutating func register(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError) {
    try handle.register(with: registry, token: token, interests: interests)
  }

  /// Reregisters the source, for ``Registry/reregister(_:token:interests:)``.
  ///
  /// - Throws: The errors that ``Registry/reregister(_:token:interests:)`` lists.
  @inlinable
  public mutating func reregister(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError) {
    try handle.reregister(with: registry, token: token, interests: interests)
  }

  /// Deregisters the source, for ``Registry/deregister(_:)``.
  ///
  /// - Throws: The errors that ``Registry/deregister(_:)`` lists.
  @inlinable
  public mutating func deregister(from registry: Registry<S>) throws(IOError) { try handle.deregister(from: registry) }
}

/// A connection that a listener accepted, and the address of its peer.
///
/// A program can consume each part by itself. The type replaces a tuple, which cannot hold noncopyable values.
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
