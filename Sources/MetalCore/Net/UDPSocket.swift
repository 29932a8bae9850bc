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
/// Datagrams keep their boundaries, may be lost, repeated or reordered, and may be empty: a count of 0 is not the end
/// of anything. After an event, receive until the call throws ``IOError/Kind/wouldBlock`` or returns `nil`.
///
/// The socket owns its descriptor: dropping it closes the socket and ends its registration. Sending, receiving and
/// options may be used from several threads at once; registering needs exclusive access.
///
/// Source: udp(7), Linux man-pages 6; udp(4), FreeBSD 14.
@frozen
public struct UDPSocket<S: Selector>: ~Copyable, DatagramSocket {
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

  /// Binds a new socket to an address; port 0 lets the system choose one.
  ///
  /// - Throws: ``IOError/Kind/addressInUse`` if another socket holds the address;
  ///   ``IOError/Kind/addressNotAvailable`` if it is not an address of this machine, or no port is free to choose;
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
}

extension UDPSocket {
  /// Chooses the peer that ``DatagramSocket/send(_:)-(Span<UInt8>)`` sends to, and the only one that is received from.
  ///
  /// A socket may be connected again, to another peer.
  ///
  /// - Throws: ``IOError/Kind/networkUnreachable`` if there is no route; ``IOError/Kind/permissionDenied`` for a
  ///   broadcast address while that is off; ``IOError/Kind/unsupported`` or ``IOError/Kind/invalidInput`` for an
  ///   address of the other family.
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
}
