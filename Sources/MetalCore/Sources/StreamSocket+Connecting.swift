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
  @inlinable
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
  @inlinable
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
