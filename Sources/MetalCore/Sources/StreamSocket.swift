/// A connection that carries a stream of bytes, over TCP or as a Unix-domain socket.
///
/// ```swift
/// while let count = try stream.read(into: buffer.mutableSpan) {
///   if count == 0 { return .ended }                // the peer has finished
///   …
/// }
/// ```
///
/// `TCPStream` is this type with ``SocketAddress``, and `UnixStream` is this type with ``UnixAddress``.
///
/// A call that would block returns `nil`, and an event reports when to try again. A read of 0 bytes is the end of the
/// stream, so a loop that reads must end there.
///
/// Dropping the stream closes the connection and ends its registration. Several threads at once may read, write and use
/// options. Registering needs exclusive access.
///
/// Source: tcp(7), unix(7), Linux man-pages 6; tcp(4), unix(4), FreeBSD 14.
@frozen
public struct StreamSocket<S: Selector, Address: EndpointAddress>: ~Copyable, Sendable {
  @usableFromInline package var handle: SourceHandle<S>

  @inlinable package init(handle: consuming SourceHandle<S>) { self.handle = handle }

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

  /// The address of the peer.
  ///
  /// The address is unspecified if the peer was never bound.
  ///
  /// - Throws: ``IOError/Kind/notConnected`` before the stream is connected.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: getpeername(2); unix(7).
  @inlinable
  public var peerAddress: Address {
    @inline(never) get throws(IOError) { try handle.kernel.peerAddress(of: handle.descriptor) }
  }

  /// Ends one or both directions of the connection.
  ///
  /// The descriptor stays open.
  ///
  /// After ``ShutdownDirection/write`` the peer reads to the end of the stream, and writing throws
  /// ``IOError/Kind/brokenPipe``. After ``ShutdownDirection/read`` a readable event reports read-closed, and the peer
  /// notices nothing.
  ///
  /// | System | Reading after ``ShutdownDirection/read`` |
  /// |---|---|
  /// | Linux | Reading returns the bytes that have arrived or still arrive, and 0 after them. |
  /// | macOS, BSD | Reading returns 0 at once. |
  ///
  /// - Parameter direction: The direction to end, or both.
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

  /// Sets an option, such as ``SocketOption/noDelay``.
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
  /// The error is the outcome of a connection attempt, or the cause of an event with ``ReadinessEvent/isError``.
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

extension StreamSocket: DescriptorSource {
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

// MARK: - Connecting

extension StreamSocket where Address == SocketAddress {
  /// Starts to connect a new TCP socket to an address, without waiting for the outcome.
  ///
  /// Register the stream for ``Interests/writable``. After the event call ``takePendingError()``. If the call returns
  /// `nil`, the stream is connected, and ``peerAddress`` is available. Any other value is the error of the attempt.
  ///
  /// - Parameters:
  ///   - address: The address to connect to.
  ///   - localAddress: The address of this end, or `nil` to let the system choose. With port 0 the system chooses the
  ///     port. On Linux the system chooses when the stream connects, so streams to different destinations share a port.
  ///     On other systems each stream takes a port of its own.
  ///   - options: The options to set before connecting, such as `.noDelay(true)`.
  ///   - kernel: The kernel that opens the socket. Use the kernel of the poll.
  /// - Throws:
  ///   - ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left.
  ///   - ``IOError/Kind/addressNotAvailable`` if no local port is free, or `localAddress` does not belong to this
  ///     machine.
  ///   - ``IOError/Kind/addressInUse`` if the port of `localAddress` is taken.
  ///   - ``IOError/Kind/networkUnreachable`` if there is no route.
  ///   - ``IOError/Kind/connectionRefused`` and other outcomes if the system knows the outcome at once.
  ///   - ``IOError/Kind/unsupported`` if the system lacks the address family or an option.
  ///   - ``IOError/Kind/invalidInput`` for an option out of its range.
  /// - Complexity: Two system calls, and one to three more for each option. A local address takes one more call, or two
  ///   on Linux if its port is 0. No allocation.
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
  /// Unlike a TCP stream, the stream is connected when this call returns, even before the listener accepts the
  /// connection. The system keeps the bytes that the program writes before the listener accepts the connection.
  ///
  /// - Parameters:
  ///   - address: The address of a listener.
  ///   - options: The options to set before connecting, such as `.sendBufferSize(65_536)`.
  ///   - kernel: The kernel that opens the socket. Use the kernel of the poll.
  /// - Throws:
  ///   - ``IOError/Kind/notFound`` if the file does not exist.
  ///   - ``IOError/Kind/connectionRefused`` if no socket listens, or the listener's backlog is full. No event reports
  ///     room in the backlog, so try again later.
  ///   - ``IOError/Kind/invalidInput`` for the unnamed address, a path that is longer than the system's addresses, or
  ///     an option out of its range.
  ///   - ``IOError/Kind/permissionDenied`` if the process may not write to the file.
  ///   - ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left.
  ///   - ``IOError/Kind/unsupported`` for an abstract name if the system has no abstract names, or for an option that
  ///     the system lacks.
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
  /// - Parameter kernel: The kernel that opens the sockets. Use the kernel of the poll.
  /// - Throws:
  ///   - ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left.
  ///   - ``IOError/Kind/unsupported`` if the kernel has no socket pairs.
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
