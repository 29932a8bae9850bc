/// A Unix-domain socket that sends and receives datagrams: reliable, in order, with boundaries.
///
/// Used like ``UDPSocket``, with ``UnixAddress``es. Binding a path name makes a file, which stays when the socket
/// goes. The socket owns its descriptor: dropping it closes the socket and ends its registration.
///
/// Source: unix(7), Linux man-pages 6; unix(4), FreeBSD 14.
@frozen
public struct UnixDatagram<S: Selector>: ~Copyable, DatagramSocket {
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

  /// Makes a socket without an address, which can send, and receive once it is connected or bound.
  ///
  /// - Throws: ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is
  ///   left.
  /// - Complexity: One system call, and one more for each option; no allocation.
  ///
  /// Source: socket(2), unix(7).
  @inlinable
  public init(options: SocketOptions = SocketOptions(), on kernel: S.K = .current) throws(IOError) {
    handle = try SourceHandle.open(.unix, .datagram, options, on: kernel)
  }

  /// Binds a new socket to an address.
  ///
  /// On Linux the unnamed address lets the system choose an abstract name, which nobody else has: ask ``localAddress``.
  ///
  /// - Throws: ``IOError/Kind/addressInUse`` if the file exists, or another socket has the abstract name;
  ///   ``IOError/Kind/notFound`` if the folder does not exist; ``IOError/Kind/permissionDenied`` if the file may not
  ///   be made; ``IOError/Kind/invalidInput`` for a path that is longer than the system's addresses;
  ///   ``IOError/Kind/noSpace`` if the system has no abstract name left to choose; ``IOError/Kind/tooManyOpenFiles`` or
  ///   ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left; ``IOError/Kind/unsupported`` for an
  ///   abstract name, and for the unnamed address, where the system has no abstract names.
  /// - Complexity: Two system calls, and one more for each option; no allocation.
  ///
  /// Source: socket(2), bind(2); unix(7), "Autobind feature".
  @inlinable
  public init(
    bindingTo address: UnixAddress, options: SocketOptions = SocketOptions(), on kernel: S.K = .current
  ) throws(IOError) {
    let handle = try SourceHandle<S>.open(.unix, .datagram, options, on: kernel)
    try kernel.bind(handle.descriptor, to: address)
    self.init(handle: handle)
  }

  /// Makes two unnamed sockets that are connected with each other.
  ///
  /// - Throws: ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptors are
  ///   left.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: socketpair(2).
  @inlinable
  public static func pair(on kernel: S.K = .current) throws(IOError) -> Pair<UnixDatagram, UnixDatagram> {
    let descriptors = try kernel.openSocketPair(.datagram)
    return Pair(
      UnixDatagram(handle: SourceHandle(owning: descriptors.first, on: kernel)),
      UnixDatagram(handle: SourceHandle(owning: descriptors.second, on: kernel)))
  }
}

extension UnixDatagram {
  /// Chooses the peer that ``DatagramSocket/send(_:)-(Span<UInt8>)`` sends to; its own address is legal.
  ///
  /// On Linux the peer is also the only one that is received from; on macOS and the BSDs others still are.
  ///
  /// - Throws: ``IOError/Kind/notFound`` if there is no such file; ``IOError/Kind/connectionRefused`` if nobody is
  ///   bound to it; ``IOError/Kind/permissionDenied`` if the file may not be written to, or, on Linux, the peer is
  ///   connected elsewhere.
  ///
  /// Source: connect(2), unix(7); uipc_usrreq.c of macOS and FreeBSD.
  @inlinable
  public func connect(to address: UnixAddress) throws(IOError) {
    guard !address.isUnnamed else { throw IOError(.invalidInput) }
    try handle.kernel.connect(handle.descriptor, to: address)
  }

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

  /// Ends one or both directions of a connected socket; the descriptor stays open.
  ///
  /// - Throws: ``IOError/Kind/notConnected`` without a peer.
  ///
  /// Source: shutdown(2).
  @inlinable
  public func shutdown(_ direction: ShutdownDirection) throws(IOError) {
    try handle.kernel.shutdown(handle.descriptor, direction)
  }
}
