/// A TCP socket that accepts connections.
///
/// ```swift
/// var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: 0))
/// try poll.registry.register(&listener, token: .listener, interests: .readable)
/// …
/// while let accepted = try listener.acceptIfReady() { … }
/// ```
///
/// The listener owns its descriptor: dropping it closes the socket and ends its registration. Only
/// ``Interest/readable`` is ever reported. Its methods may be called from several threads at once; registering needs
/// exclusive access.
@frozen
public struct TCPListener<S: Selector>: ~Copyable, Socket {
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
  /// By default the address may be bound although recently closed connections still occupy it (`SO_REUSEADDR`), and
  /// the backlog is 1,024 connections, or what the system caps it to. Port 0 lets the system choose: ask
  /// ``localAddress``.
  ///
  /// - Throws: ``IOError/Kind/addressInUse`` if another listener holds the address;
  ///   ``IOError/Kind/addressNotAvailable`` if it is not an address of this machine, or no port is free to choose;
  ///   ``IOError/Kind/permissionDenied`` for a privileged port; ``IOError/Kind/tooManyOpenFiles`` or
  ///   ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left; ``IOError/Kind/unsupported`` if the system
  ///   lacks the address family or an option; ``IOError/Kind/invalidInput`` for an option out of its range.
  /// - Complexity: Four system calls, and one more for each option; no allocation.
  ///
  /// Source: socket(2), setsockopt(2), bind(2), listen(2); tcp(7), ip(7), ipv6(7).
  @inlinable
  public init(
    bindingTo address: SocketAddress, options: SocketOptions = SocketOptions(), on kernel: S.K = .current
  ) throws(IOError) {
    let handle = try SourceHandle<S>.open(address.family, .stream, options, reuseAddress: true, on: kernel)
    try kernel.bind(handle.descriptor, to: address)
    try kernel.listen(handle.descriptor, backlog: options.backlog)
    self.init(handle: handle)
  }
}

extension TCPListener {
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
  public func accept() throws(IOError) -> Accepted<TCPStream<S>, SocketAddress> {
    var descriptor = S.K.noDescriptor
    var peerAddress = SocketAddress(IPv4Address.any, port: 0)
    let result = handle.kernel.accept(handle.descriptor, into: &descriptor, peerAddress: &peerAddress)
    _ = try handle.acceptCount(result)
    return Accepted(
      stream: TCPStream(handle: SourceHandle(owning: descriptor, on: handle.kernel)), peerAddress: peerAddress
    )
  }

  /// Accepts the next connection, or returns `nil` if none is waiting.
  ///
  /// - Throws: As ``accept()``, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: As ``accept()``.
  @inlinable
  public func acceptIfReady() throws(IOError) -> Accepted<TCPStream<S>, SocketAddress>? {
    var descriptor = S.K.noDescriptor
    var peerAddress = SocketAddress(IPv4Address.any, port: 0)
    let result = handle.kernel.accept(handle.descriptor, into: &descriptor, peerAddress: &peerAddress)
    guard try handle.acceptCountIfReady(result) != nil else { return nil }
    return Accepted(
      stream: TCPStream(handle: SourceHandle(owning: descriptor, on: handle.kernel)), peerAddress: peerAddress
    )
  }

  /// The address the socket is bound to, with the port the system chose.
  ///
  /// Source: getsockname(2).
  @inlinable
  public var localAddress: SocketAddress {
    get throws(IOError) { try handle.kernel.localAddress(of: handle.descriptor) }
  }

  /// The number of hops that packets of accepted connections may take.
  ///
  /// A socket that never set it reads the system's default; on macOS and the BSDs a router may have advertised another
  /// for IPv6, with which packets go out.
  ///
  /// Source: `IP_TTL` in ip(7), `IPV6_UNICAST_HOPS` in ipv6(7).
  @inlinable
  public var timeToLive: Int {
    get throws(IOError) { try handle.kernel.option(.timeToLive, of: handle.descriptor) }
  }

  /// Sets the number of hops that packets of accepted connections may take.
  ///
  /// On an IPv6 socket that also carries IPv4 in mapped addresses it holds for the packets of both.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` unless it is 1…255.
  ///
  /// Source: `IP_TTL` in ip(7), `IPV6_UNICAST_HOPS` in ipv6(7).
  @inlinable
  public func setTimeToLive(_ hops: Int) throws(IOError) {
    try handle.set(.timeToLive, hops)
  }
}
