/// A socket for datagrams, messages that keep their boundaries: UDP or Unix-domain, by the type of its addresses.
///
/// ```swift
/// var socket = try UDPSocket(bindingTo: SocketAddress(IPv4Address.unspecified, port: 7000))
/// try poll.registry.register(&socket, token: .socket, interests: .readable)
/// …
/// while let datagram = try socket.receive(into: buffer.mutableSpan) {
///   let bytes = buffer.span.extracting(..<datagram.count)
///   guard try socket.send(bytes, to: datagram.source) != nil else { break }      // no space: keep it for later
/// }
/// ```
///
/// `UDPSocket` is this type with ``SocketAddress``, `UnixDatagramSocket` with ``UnixAddress``.
///
/// UDP datagrams may be lost, repeated or reordered; those of Unix-domain sockets are not. A datagram may be empty: a
/// count of 0 is not the end of anything. After an event, receive until the call returns `nil`.
///
/// Dropping the socket closes it and ends its registration. Sending, receiving and options may be used from several
/// threads at once; registering needs exclusive access.
///
/// Source: udp(7), unix(7), Linux man-pages 6; udp(4), unix(4), FreeBSD 14.
@frozen
public struct DatagramSocket<S: Selector, Address: EndpointAddress>: ~Copyable, Sendable {
  @usableFromInline package var handle: SourceHandle<S>

  @inlinable package init(handle: consuming SourceHandle<S>) { self.handle = handle }

  /// Binds a new socket to an address.
  ///
  /// - UDP: port 0 lets the system choose: ask ``localAddress``.
  /// - Unix domain: binding a path name makes a file, which stays when the socket goes. On Linux the unnamed address
  ///   lets the system choose a free abstract name: ask ``localAddress``.
  ///
  /// The `options`, such as `.reusePort(true)`, are set before binding.
  ///
  /// - Throws: ``IOError/Kind/addressInUse`` if another socket holds the address, or the file exists;
  ///   ``IOError/Kind/addressNotAvailable`` if it is not an address of this machine, or no port is free to choose;
  ///   ``IOError/Kind/permissionDenied`` for a privileged port, or a file that may not be made;
  ///   ``IOError/Kind/notFound`` if the file's folder does not exist; ``IOError/Kind/noSpace`` if the system has no
  ///   abstract name left to choose; ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if
  ///   no descriptor is left; ``IOError/Kind/unsupported`` if the system lacks the address family or an option, and for
  ///   an abstract name or the unnamed address where there are no abstract names; ``IOError/Kind/invalidInput`` for an
  ///   option out of its range, or a path that is longer than the system's addresses.
  /// - Complexity: Two system calls, and one to three more for each option; no allocation.
  ///
  /// Source: socket(2), bind(2); udp(7); unix(7), "Autobind feature".
  @inlinable @inline(never)
  public init(
    bindingTo address: Address, options: [SocketSetting<SocketKind.Datagram, Address>] = [], on kernel: S.K = .current
  ) throws(IOError) {
    let handle = try SourceHandle<S>.open(address.family, .datagram, options, on: kernel)
    try kernel.bind(handle.descriptor, to: address)
    self.init(handle: handle)
  }

  /// Connects the socket to a peer: ``send(_:)`` sends to it, and only its datagrams are received.
  ///
  /// Connecting again replaces the peer. The socket's own address is legal. On macOS and the BSDs a Unix-domain socket
  /// still receives the datagrams of others.
  ///
  /// - Throws: ``IOError/Kind/networkUnreachable`` if there is no route; ``IOError/Kind/permissionDenied`` for a
  ///   broadcast address while that is off, a file that may not be written to, or, on Linux, a Unix-domain peer that is
  ///   connected elsewhere; ``IOError/Kind/unsupported`` or ``IOError/Kind/invalidInput`` for an address of the other
  ///   family; ``IOError/Kind/notFound`` if there is no such file; ``IOError/Kind/connectionRefused`` if nobody is
  ///   bound to it; ``IOError/Kind/invalidInput`` for the unnamed address.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: connect(2); udp(7), unix(7); uipc_usrreq.c of macOS and FreeBSD.
  @inlinable
  public func connect(to address: Address) throws(IOError) { try handle.kernel.connect(handle.descriptor, to: address) }

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

  /// The address of the peer; unspecified if that was never bound.
  ///
  /// - Throws: ``IOError/Kind/notConnected`` without a peer.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: getpeername(2); unix(7).
  @inlinable
  public var peerAddress: Address {
    @inline(never) get throws(IOError) { try handle.kernel.peerAddress(of: handle.descriptor) }
  }

  /// Returns the value of an option, such as ``SocketOption/broadcast``.
  ///
  /// - Throws: ``IOError/Kind/unsupported`` if the system lacks the option, or the socket is of a family without it;
  ///   ``IOError/Kind/invalidInput`` or ``IOError/Kind/connectionReset`` on macOS and the BSDs after a reset.
  /// - Complexity: One or two system calls; no allocation.
  ///
  /// Source: getsockopt(2).
  @inlinable
  public func option<Value>(_ option: SocketOption<SocketKind.Datagram, Address, Value>) throws(IOError) -> Value {
    try handle.option(option)
  }

  /// Sets an option, such as ``SocketOption/broadcast``.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` if the value is out of the option's range; otherwise as ``option(_:)``.
  /// - Complexity: One to three system calls; no allocation.
  ///
  /// Source: setsockopt(2).
  @inlinable
  public func setOption<Value>(
    _ option: SocketOption<SocketKind.Datagram, Address, Value>, to value: Value
  ) throws(IOError) {
    try handle.setOption(option, to: value)
  }

  /// Returns the socket's pending error and clears it; `nil` if there is none.
  ///
  /// It is the cause of an event that reports ``ReadinessEvent/isError``, such as an earlier datagram that found no
  /// socket at its port.
  ///
  /// - Throws: ``IOError/Kind/badDescriptor`` only if the descriptor was closed outside the library;
  ///   ``IOError/Kind/invalidInput`` for an adopted descriptor that is not a socket.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `SO_ERROR` in socket(7).
  @inlinable public func takePendingError() throws(IOError) -> IOError? { try handle.takePendingError() }
}

extension DatagramSocket: DescriptorSource {
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

// MARK: - Multicast

extension DatagramSocket where Address == SocketAddress {
  /// Joins a multicast group: the socket receives the group's datagrams on the given interface.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` if it is no multicast address, or there is no such interface (on some
  ///   systems ``IOError/Kind/addressNotAvailable`` or ``IOError/Kind/other``, "no such device");
  ///   ``IOError/Kind/addressInUse`` if the socket is a member already; ``IOError/Kind/noBufferSpace`` for too many
  ///   memberships; ``IOError/Kind/unsupported`` if the socket is of the other family.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `IP_ADD_MEMBERSHIP` in ip(7), `IPV6_JOIN_GROUP` (`IPV6_ADD_MEMBERSHIP`) in ipv6(7).
  @inlinable
  public func join(_ group: MulticastGroup) throws(IOError) {
    guard group.isMulticast else { try IOError.raise(.invalidInput) }
    try handle.kernel.setMembership(true, of: handle.descriptor, in: group)
  }

  /// Leaves a multicast group, named as it was joined.
  ///
  /// - Throws: ``IOError/Kind/addressNotAvailable`` if the socket is not a member; ``IOError/Kind/invalidInput`` if
  ///   it is no multicast address.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `IP_DROP_MEMBERSHIP` in ip(7), `IPV6_LEAVE_GROUP` (`IPV6_DROP_MEMBERSHIP`) in ipv6(7).
  @inlinable
  public func leave(_ group: MulticastGroup) throws(IOError) {
    guard group.isMulticast else { try IOError.raise(.invalidInput) }
    try handle.kernel.setMembership(false, of: handle.descriptor, in: group)
  }
}

/// A multicast group, and the interface on which it is joined.
@frozen
public enum MulticastGroup: Hashable, Sendable, BitwiseCopyable {
  /// An IPv4 group, and an interface by its address; ``IPv4Address/unspecified`` lets the system choose.
  case v4(IPv4Address, interface: IPv4Address)
  /// An IPv6 group, and an interface by its number; 0 lets the system choose.
  case v6(IPv6Address, interface: UInt32)

  /// Whether the group's address is a multicast address.
  @inlinable
  public var isMulticast: Bool {
    switch self {
    case .v4(let group, _): group.isMulticast
    case .v6(let group, _): group.isMulticast
    }
  }
}
