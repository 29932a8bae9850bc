/// A UDP socket.
///
/// ```swift
/// var socket = try UDPSocket(bindingTo: SocketAddress(IPv4Address.any, port: 7000))
/// try poll.registry.register(&socket, token: .socket, interests: .readable)
/// …
/// while let datagram = try socket.receiveFromIfReady(into: buffer.mutableSpan) {
///   try socket.send(buffer.span.extracting(..<datagram.count), to: datagram.source)
/// }
/// ```
///
/// Datagrams keep their boundaries, may be lost, repeated or reordered, and may be empty: a count of 0 is not the end of
/// anything. After an event, receive until the call throws ``IOError/Kind/wouldBlock`` or returns `nil`.
///
/// The socket owns its descriptor: dropping it closes the socket and ends its registration. Sending, receiving and
/// options may be used from several threads at once; registering needs exclusive access.
///
/// Source: udp(7), Linux man-pages 6; udp(4), FreeBSD 14.
@frozen
public struct UDPSocket<S: Selector>: ~Copyable, Sendable {
  @usableFromInline
  package var handle: SourceHandle<S>

  @inlinable
  package init(handle: consuming SourceHandle<S>) {
    self.handle = handle
  }

  /// Binds a new socket to an address; port 0 lets the system choose one.
  ///
  /// - Throws: ``IOError/Kind/addressInUse`` if another socket holds the address;
  ///   ``IOError/Kind/addressNotAvailable`` if it is not an address of this machine;
  ///   ``IOError/Kind/permissionDenied`` for a privileged port; ``IOError/Kind/tooManyOpenFiles`` or
  ///   ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left; ``IOError/Kind/unsupported`` if the system
  ///   lacks the address family or an option; ``IOError/Kind/invalidInput`` for an option out of its range.
  /// - Complexity: Two system calls, and one more for each option; no allocation.
  ///
  /// Source: socket(2), bind(2); udp(7).
  @inlinable
  public init(
    bindingTo address: SocketAddress, options: SocketOptions = SocketOptions(), on kernel: S.K = .current
  ) throws(IOError) {
    let handle = try SourceHandle<S>.open(address.family, .datagram, options, on: kernel)
    try kernel.bind(handle.descriptor, to: address)
    self.init(handle: handle)
  }

  /// Closes the socket and ends its registration; what was sent is still on its way.
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

extension UDPSocket {
  /// Chooses the peer that ``send(_:)-(Span<UInt8>)`` sends to, and the only one that is received from.
  ///
  /// A socket may be connected again, to another peer.
  ///
  /// - Throws: ``IOError/Kind/networkUnreachable`` if there is no route; ``IOError/Kind/permissionDenied`` for a broadcast
  ///   address while that is off; ``IOError/Kind/unsupported`` or ``IOError/Kind/invalidInput`` for an address of the
  ///   other family.
  ///
  /// Source: connect(2); udp(7).
  @inlinable
  public func connect(to address: SocketAddress) throws(IOError) {
    try handle.kernel.connect(handle.descriptor, to: address)
  }

  /// The address the socket is bound to, with the port the system chose.
  ///
  /// Source: getsockname(2).
  @inlinable
  public var localAddress: SocketAddress {
    get throws(IOError) { try handle.kernel.localAddress(of: handle.descriptor) }
  }

  /// The address of the peer; throws ``IOError/Kind/notConnected`` without one.
  ///
  /// Source: getpeername(2).
  @inlinable
  public var peerAddress: SocketAddress {
    get throws(IOError) { try handle.kernel.peerAddress(of: handle.descriptor) }
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

extension UDPSocket: Source {
  /// Registers the socket; called by ``Registry/register(_:token:interests:)``.
  @inlinable
  public mutating func register(with registry: Registry<S>, token: Token, interests: Interest) throws(IOError)
  {
    try handle.register(with: registry, token: token, interests: interests)
  }

  /// Reregisters the socket; called by ``Registry/reregister(_:token:interests:)``.
  @inlinable
  public mutating func reregister(with registry: Registry<S>, token: Token, interests: Interest)
    throws(IOError)
  {
    try handle.reregister(with: registry, token: token, interests: interests)
  }

  /// Deregisters the socket; called by ``Registry/deregister(_:)``.
  @inlinable
  public mutating func deregister(from registry: Registry<S>) throws(IOError) {
    try handle.deregister(from: registry)
  }
}
