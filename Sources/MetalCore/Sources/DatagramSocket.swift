/// A socket for datagrams, which are messages that keep their boundaries: UDP or Unix-domain.
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
/// `UDPSocket` is this type with ``SocketAddress``, and `UnixDatagramSocket` is this type with ``UnixAddress``.
///
/// The network may lose, repeat or reorder UDP datagrams, but not Unix-domain datagrams. A datagram may be empty, so a
/// count of 0 is not the end of a stream. After an event, receive until the call returns `nil`.
///
/// Dropping the socket closes it and ends its registration. Several threads at once may send, receive and use options.
/// Registering needs exclusive access.
///
/// Source: udp(7), unix(7), Linux man-pages 6; udp(4), unix(4), FreeBSD 14.
@frozen
public struct DatagramSocket<S: Selector, Address: EndpointAddress>: ~Copyable, Sendable {
  @usableFromInline package var handle: SourceHandle<S>

  @inlinable package init(handle: consuming SourceHandle<S>) { self.handle = handle }

  /// Binds a new socket to an address.
  ///
  /// For UDP with port 0, the system chooses the port, which ``localAddress`` returns.
  ///
  /// In the Unix domain, binding to a path name makes a file, which stays when the program closes the socket. On Linux
  /// the system chooses a free abstract name for the unnamed address. ``localAddress`` returns the name.
  ///
  /// - Parameters:
  ///   - address: The address to bind the socket to.
  ///   - options: The options to set before binding, such as `.reusePort(true)`.
  ///   - kernel: The kernel that opens the socket. Use the kernel of the poll.
  /// - Throws:
  ///   - ``IOError/Kind/addressInUse`` if another socket holds the address, or the file exists.
  ///   - ``IOError/Kind/addressNotAvailable`` if the address does not belong to this machine, or no port is free.
  ///   - ``IOError/Kind/permissionDenied`` for a privileged port, or a file that the process may not make.
  ///   - ``IOError/Kind/notFound`` if the file's folder does not exist.
  ///   - ``IOError/Kind/noSpace`` if the system has no free abstract name.
  ///   - ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left.
  ///   - ``IOError/Kind/unsupported`` if the system lacks the address family or an option. On systems without abstract
  ///     names the call also throws this kind for an abstract name or the unnamed address.
  ///   - ``IOError/Kind/invalidInput`` for an option out of its range, or a path that is longer than the system's
  ///     addresses.
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

  /// Connects the socket to a peer.
  ///
  /// Afterwards ``send(_:)`` sends to the peer, and the socket receives only the peer's datagrams. Connecting again
  /// replaces the peer. The socket may connect to its own address. On macOS and the BSDs a Unix-domain socket still
  /// receives the datagrams of other sockets.
  ///
  /// - Parameter address: The peer's address.
  /// - Throws:
  ///   - ``IOError/Kind/networkUnreachable`` if there is no route.
  ///   - ``IOError/Kind/permissionDenied`` for a broadcast address while ``SocketOption/broadcast`` is off, or a file
  ///     that the process may not write to. On Linux the call also throws this kind for a Unix-domain peer that is
  ///     connected to another socket.
  ///   - ``IOError/Kind/unsupported`` or ``IOError/Kind/invalidInput`` for an address of the other family.
  ///   - ``IOError/Kind/notFound`` if the file does not exist.
  ///   - ``IOError/Kind/connectionRefused`` if no socket is bound to the file.
  ///   - ``IOError/Kind/invalidInput`` for the unnamed address.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: connect(2); udp(7), unix(7); uipc_usrreq.c of macOS and FreeBSD.
  @inlinable
  public func connect(to address: Address) throws(IOError) { try handle.kernel.connect(handle.descriptor, to: address) }

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
  /// - Throws: ``IOError/Kind/notConnected`` if the socket has no peer.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: getpeername(2); unix(7).
  @inlinable
  public var peerAddress: Address {
    @inline(never) get throws(IOError) { try handle.kernel.peerAddress(of: handle.descriptor) }
  }

  /// Returns the value of an option, such as ``SocketOption/broadcast``.
  ///
  /// - Parameter option: The option to read.
  /// - Throws:
  ///   - ``IOError/Kind/unsupported`` if the system lacks the option, or the socket's family does not have it.
  ///   - ``IOError/Kind/invalidInput`` or ``IOError/Kind/connectionReset`` on macOS and the BSDs after a reset.
  /// - Complexity: One or two system calls; no allocation.
  ///
  /// Source: getsockopt(2).
  @inlinable
  public func option<Value>(_ option: SocketOption<SocketKind.Datagram, Address, Value>) throws(IOError) -> Value {
    try handle.option(option)
  }

  /// Sets an option, such as ``SocketOption/broadcast``.
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
    _ option: SocketOption<SocketKind.Datagram, Address, Value>, to value: Value
  ) throws(IOError) {
    try handle.setOption(option, to: value)
  }

  /// Returns the socket's pending error and clears it.
  ///
  /// The error is the cause of an event with ``ReadinessEvent/isError``, such as an earlier datagram that found no
  /// socket at its port.
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

extension DatagramSocket: DescriptorSource {
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

// MARK: - Multicast

extension DatagramSocket where Address == SocketAddress {
  /// Joins a multicast group, so that the socket receives the group's datagrams on the given interface.
  ///
  /// - Parameter group: The group and the interface.
  /// - Throws:
  ///   - ``IOError/Kind/invalidInput`` if the group's address is no multicast address, or the interface does not exist.
  ///     On some systems joining on a missing interface throws ``IOError/Kind/addressNotAvailable`` or
  ///     ``IOError/Kind/other`` ("no such device").
  ///   - ``IOError/Kind/addressInUse`` if the socket is a member already.
  ///   - ``IOError/Kind/noBufferSpace`` for too many memberships.
  ///   - ``IOError/Kind/unsupported`` if the socket is of the other family.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `IP_ADD_MEMBERSHIP` in ip(7), `IPV6_JOIN_GROUP` (`IPV6_ADD_MEMBERSHIP`) in ipv6(7).
  @inlinable
  public func join(_ group: MulticastGroup) throws(IOError) {
    guard group.isMulticast else { try IOError.raise(.invalidInput) }
    try handle.kernel.setMembership(true, of: handle.descriptor, in: group)
  }

  /// Leaves a multicast group.
  ///
  /// - Parameter group: The group and the interface that the socket has joined.
  /// - Throws:
  ///   - ``IOError/Kind/addressNotAvailable`` if the socket is not a member.
  ///   - ``IOError/Kind/invalidInput`` if the group's address is no multicast address.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `IP_DROP_MEMBERSHIP` in ip(7), `IPV6_LEAVE_GROUP` (`IPV6_DROP_MEMBERSHIP`) in ipv6(7).
  @inlinable
  public func leave(_ group: MulticastGroup) throws(IOError) {
    guard group.isMulticast else { try IOError.raise(.invalidInput) }
    try handle.kernel.setMembership(false, of: handle.descriptor, in: group)
  }
}

/// A multicast group, and the interface on which a socket joins the group.
@frozen
public enum MulticastGroup: Hashable, Sendable, BitwiseCopyable {
  /// An IPv4 group, and an interface by its address.
  ///
  /// With ``IPv4Address/unspecified`` the system chooses the interface.
  case v4(IPv4Address, interface: IPv4Address)
  /// An IPv6 group, and an interface by its number.
  ///
  /// With 0 the system chooses the interface.
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
