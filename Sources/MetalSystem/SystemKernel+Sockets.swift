internal import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Binds a socket to a local address.
  ///
  /// If the address is the unnamed address, Linux chooses an abstract name.
  ///
  /// - Throws: `.addressInUse` if another socket holds the address, or if the file of a path name exists. `.noSpace` if
  ///   Linux has no abstract name left to choose. `.addressNotAvailable` if the machine does not have the address. For
  ///   port 0, `.addressNotAvailable` also if no port is free, although Linux returns `EADDRINUSE`. `.unsupported` for
  ///   the unnamed address or an abstract name, on a system without abstract names. `.invalidInput` for a path that is
  ///   too long for the system, or if the socket is bound already. `.permissionDenied` for a privileged port, or for a
  ///   folder that the process may not write to. `.notFound` if the folder of a path name does not exist.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: bind(2), `EADDRINUSE`; unix(7), "Autobind feature".
  public func bind<Address: EndpointAddress>(_ descriptor: Descriptor, to address: Address) throws(IOError) {
    if case .unix(.unnamed) = address.erased, metal_has_abstract_names() == 0 { throw IOError(.unsupported) }
    do throws(IOError) {
      // Safety: the call only reads the address.
      try unsafe Self.check(address.withSystemLayout { unsafe Int(metal_bind(descriptor, $0, $1)) })
    } catch {
      if case .internet(let address) = address.erased, error.kind == .addressInUse, address.port == 0 {
        throw IOError(.addressNotAvailable, code: error.code)
      }
      throw error
    }
  }

  /// Binds a stream to the local address that it connects from.
  ///
  /// For port 0, Linux chooses the port only in ``connect(_:to:)``.
  ///
  /// - Throws: The errors that ``bind(_:to:)`` lists.
  /// - Complexity: One or two system calls; no allocation.
  ///
  /// Source: `IP_BIND_ADDRESS_NO_PORT` in ip(7), Linux 4.2, for IPv6 as well.
  public func bindToConnect(_ descriptor: Descriptor, to address: SocketAddress) throws(IOError) {
    // On a system without the option, this call fails and changes nothing, and the system chooses the port in `bind`.
    if address.port == 0 { _ = metal_set_port_chosen_by_connecting(descriptor) }
    try bind(descriptor, to: address)
  }

  /// Makes a socket accept connections.
  ///
  /// The system limits the backlog.
  ///
  /// - Throws: `.invalidInput` for a negative backlog. `.addressInUse` if another socket listens on the port.
  ///   `.unsupported` if the socket is not a stream.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: listen(2).
  public func listen(_ descriptor: Descriptor, backlog: Int) throws(IOError) {
    // Some systems take a negative number for their maximum, so the method refuses negative numbers on all systems.
    guard backlog >= 0 else { throw IOError(.invalidInput) }
    try Self.check(metal_listen(descriptor, Int32(clamping: backlog)))
  }

  /// Starts to connect a socket, without waiting for the outcome.
  ///
  /// - Throws: `.invalidInput` for the unnamed address, and for a path that is too long for the system. `.unsupported`
  ///   for an abstract name on a system without abstract names. `.connectionRefused` if no socket listens, or if the
  ///   queue of a Unix-domain listener is full. `.addressNotAvailable` if the system cannot use the local address, or
  ///   if no local port is free. `.networkUnreachable` if there is no route. `.notFound` if the file of a path name
  ///   does not exist. `.permissionDenied` if the process may not write to the file of a path name. `.alreadyConnected`
  ///   if the socket is connected.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: connect(2), where `EINPROGRESS` means that the attempt has started. `EAGAIN` in unix(7), and in connect(2)
  /// of FreeBSD 14.
  public func connect<Address: EndpointAddress>(_ descriptor: Descriptor, to address: Address) throws(IOError) {
    if case .unix(.unnamed) = address.erased { throw IOError(.invalidInput) }
    do throws(IOError) {
      // Safety: the call only reads the address.
      try unsafe Self.check(address.withSystemLayout { unsafe Int(metal_connect(descriptor, $0, $1)) })
    } catch .connectionInProgress, .interrupted {
      // The attempt has started. A signal that interrupts connect(2) does not end the attempt.
    } catch .wouldBlock {
      // In the Unix domain on Linux, the queue of the listener is full, and the kernel reports no event for free space.
      // macOS and the BSDs refuse the connection if the queue is full. For an IP address on macOS and FreeBSD, no local
      // port is free.
      throw IOError(Address.isInternet ? .addressNotAvailable : .connectionRefused, code: Int32(METAL_EAGAIN))
    }
  }

  /// Returns the local address of a socket.
  ///
  /// - Throws: `.unsupported` if the socket has an address of another family. `.badDescriptor` if the descriptor is not
  ///   open.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: getsockname(2).
  public func localAddress<Address: EndpointAddress>(of descriptor: Descriptor) throws(IOError) -> Address {
    var address = Address.unspecified
    // Safety: the call writes at most `$1` bytes to `$0`.
    try unsafe Self.check(address.takeFromSystem { unsafe Int(metal_local_address(descriptor, $0, &$1)) })
    return address
  }

  /// Returns the address of the peer that a socket is connected to.
  ///
  /// - Throws: `.notConnected` if the socket has no peer. `.unsupported` if the peer has an address of another family.
  ///   `.badDescriptor` if the descriptor is not open.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: getpeername(2).
  public func peerAddress<Address: EndpointAddress>(of descriptor: Descriptor) throws(IOError) -> Address {
    var address = Address.unspecified
    // Safety: the call writes at most `$1` bytes to `$0`.
    try unsafe Self.check(address.takeFromSystem { unsafe Int(metal_peer_address(descriptor, $0, &$1)) })
    return address
  }

  /// Ends one or both directions of a connection.
  ///
  /// - Throws: `.notConnected` if the socket is not connected. `.badDescriptor` if the descriptor is not open.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: shutdown(2).
  public func shutdown(_ descriptor: Descriptor, _ direction: ShutdownDirection) throws(IOError) {
    let how =
      switch direction {
      case .read: METAL_SHUT_RD
      case .write: METAL_SHUT_WR
      case .both: METAL_SHUT_RDWR
      }
    try Self.check(metal_shutdown(descriptor, Int32(how)))
  }
}

extension SystemKernel {
  @usableFromInline
  static func number(of family: SocketFamily) -> Int32 {
    switch family {
    case .ipv4: AF_INET
    case .ipv6: AF_INET6
    case .unix: AF_UNIX
    }
  }

  @usableFromInline
  static func number(of kind: SocketKind) -> Int32 {
    switch kind {
    case .stream: Int32(METAL_SOCK_STREAM)
    case .datagram: Int32(METAL_SOCK_DGRAM)
    }
  }
}
