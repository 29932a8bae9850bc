/// A connection that carries a stream of bytes: TCP or Unix-domain, by the type of its addresses.
///
/// ```swift
/// while let count = try stream.read(into: buffer.mutableSpan) {
///   if count == 0 { return .ended }                // the peer has finished
///   …
/// }
/// ```
///
/// `TCPStream` is this type with ``SocketAddress``, `UnixStream` with ``UnixAddress``.
///
/// A call that would block returns `nil`, and an event comes when it is worth trying again. 0 bytes are the end of the
/// stream, so a loop that reads must end there.
///
/// Dropping the stream closes the connection and ends its registration. Reading, writing and options may be used from
/// several threads at once; registering needs exclusive access.
///
/// Source: tcp(7), unix(7), Linux man-pages 6; tcp(4), unix(4), FreeBSD 14.
@frozen
public struct StreamSocket<S: Selector, Address: EndpointAddress>: ~Copyable, Sendable {
  @usableFromInline package var handle: SourceHandle<S>

  @inlinable package init(handle: consuming SourceHandle<S>) { self.handle = handle }

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

  /// The address of the other end; unspecified if that was never bound.
  ///
  /// - Throws: ``IOError/Kind/notConnected`` before the stream is connected.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: getpeername(2); unix(7).
  @inlinable
  public var peerAddress: Address {
    @inline(never) get throws(IOError) { try handle.kernel.peerAddress(of: handle.descriptor) }
  }

  /// Ends one or both directions of the connection; the descriptor stays open.
  ///
  /// After ``ShutdownDirection/write`` the peer reads to the end of the stream and writing throws
  /// ``IOError/Kind/brokenPipe``. After ``ShutdownDirection/read`` a readable event reports read-closed; the peer
  /// notices nothing. On Linux, bytes that have arrived, or still arrive, can be read before reading returns 0. On
  /// macOS and the BSDs reading returns 0 at once.
  ///
  /// - Throws: ``IOError/Kind/notConnected`` if the stream is not connected.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: shutdown(2).
  @inlinable
  public func shutdown(_ direction: ShutdownDirection) throws(IOError) {
    try handle.kernel.shutdown(handle.descriptor, direction)
  }

  /// Returns the value of an option, such as ``SocketOption/noDelay``.
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

  /// Sets an option, such as ``SocketOption/noDelay``.
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
  /// It is the outcome of a connection attempt, and the cause of an event that reports ``ReadinessEvent/isError``.
  ///
  /// - Throws: ``IOError/Kind/badDescriptor`` only if the descriptor was closed outside the library;
  ///   ``IOError/Kind/invalidInput`` for an adopted descriptor that is not a socket.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `SO_ERROR` in socket(7).
  @inlinable public func takePendingError() throws(IOError) -> IOError? { try handle.takePendingError() }
}

extension StreamSocket: DescriptorSource {
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

// MARK: - Connecting

extension StreamSocket where Address == SocketAddress {
  /// Starts to connect a new TCP socket to an address, and returns without waiting for the outcome.
  ///
  /// Register the stream for ``Interests/writable``. When its event comes, ask ``takePendingError()``: `nil` means that
  /// the stream is connected, and ``peerAddress`` is available. Any other value is the error of the attempt.
  ///
  /// The `options`, such as `.noDelay(true)`, are set before connecting. The `localAddress` is the address of this end;
  /// `nil` lets the system choose one. With port 0 the system chooses the port: on Linux when the stream connects, so
  /// that streams to different destinations share a port. Elsewhere each such stream takes a port for itself.
  ///
  /// - Throws: ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is
  ///   left; ``IOError/Kind/addressNotAvailable`` if no local port is free, or `localAddress` is not one of this
  ///   machine; ``IOError/Kind/addressInUse`` if the port of `localAddress` is taken;
  ///   ``IOError/Kind/networkUnreachable`` if there is no route; ``IOError/Kind/connectionRefused`` and other outcomes
  ///   if the system knows them at once; ``IOError/Kind/unsupported`` if the system lacks the address family or an
  ///   option; ``IOError/Kind/invalidInput`` for an option out of its range.
  /// - Complexity: Two system calls, one to three more for each option, and one more for a local address, or two on
  ///   Linux if its port is 0; no allocation.
  ///
  /// Source: socket(2), bind(2), connect(2); tcp(7); `IP_BIND_ADDRESS_NO_PORT` in ip(7).
  @inlinable @inline(never)
  public init(
    connectingTo address: SocketAddress, from localAddress: SocketAddress? = nil,
    options: [SocketSetting<SocketKind.Stream, SocketAddress>] = [], on kernel: S.K = .current
  ) throws(IOError) {
    let handle = try SourceHandle<S>.open(address.family, .stream, options, on: kernel)
    if let localAddress { try kernel.bindToConnect(handle.descriptor, to: localAddress) }
    try kernel.connect(handle.descriptor, to: address)
    self.init(handle: handle)
  }
}

extension StreamSocket where Address == UnixAddress {
  /// Connects a new Unix-domain socket to an address.
  ///
  /// Unlike a TCP stream, the stream is connected when this returns, even before the listener accepts it. The system
  /// keeps the bytes that are written until then.
  ///
  /// - Throws: ``IOError/Kind/notFound`` if there is no such file; ``IOError/Kind/connectionRefused`` if nobody
  ///   listens, or the listener's backlog is full: no event reports when it has room, so try again later;
  ///   ``IOError/Kind/invalidInput`` for the unnamed address, a path that is longer than the system's addresses, or an
  ///   option out of its range; ``IOError/Kind/permissionDenied`` if the file may not be written to;
  ///   ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left;
  ///   ``IOError/Kind/unsupported`` for an abstract name where the system has none, or an option that it lacks.
  /// - Complexity: Two system calls, and one more for each option; no allocation.
  ///
  /// Source: socket(2), connect(2), unix(7).
  @inlinable @inline(never)
  public init(
    connectingTo address: UnixAddress, options: [SocketSetting<SocketKind.Stream, UnixAddress>] = [],
    on kernel: S.K = .current
  ) throws(IOError) {
    let handle = try SourceHandle<S>.open(.unix, .stream, options, on: kernel)
    try kernel.connect(handle.descriptor, to: address)
    self.init(handle: handle)
  }

  /// Makes two unnamed streams that are connected with each other.
  ///
  /// - Throws: ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left;
  ///   ``IOError/Kind/unsupported`` if the kernel does not offer it.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: socketpair(2).
  @inlinable
  public static func pair(on kernel: S.K = .current) throws(IOError) -> Pair<Self, Self> {
    let descriptors = try kernel.openSocketPair(.stream)
    return Pair(
      Self(handle: SourceHandle(owning: descriptors.first, on: kernel)),
      Self(handle: SourceHandle(owning: descriptors.second, on: kernel)))
  }
}
