internal import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Gives a socket its local address.
  ///
  /// - Throws: `.addressNotAvailable` if the system is to choose a port and none is free, which Linux
  ///   calls an address in use.
  ///
  /// Source: bind(2), `EADDRINUSE`.
  public func bind(_ descriptor: Int32, to address: SocketAddress) throws(IOError) {
    var raw = metal_ip_address(address)
    do throws(IOError) {
      // Safety: the call only reads the address, of the length of its family.
      try unsafe Self.check(metal_bind(descriptor, &raw, Self.length(of: address)))
    } catch {
      let isOutOfPorts = error.kind == .addressInUse && address.port == 0
      throw isOutOfPorts ? IOError(.addressNotAvailable, code: error.code) : error
    }
  }

  /// Gives a stream the local address that it connects from; on Linux port 0 is chosen by connecting.
  ///
  /// - Throws: What binding throws.
  ///
  /// Source: `IP_BIND_ADDRESS_NO_PORT` in ip(7), Linux 4.2, for IPv6 as well.
  public func bindToConnect(_ descriptor: Int32, to address: SocketAddress) throws(IOError) {
    // A system that does not know the option chooses the port now: a refusal changes nothing.
    if address.port == 0 { _ = metal_set_port_chosen_by_connecting(descriptor) }
    try bind(descriptor, to: address)
  }

  /// Makes a socket accept connections; the system caps the backlog.
  ///
  /// Source: listen(2).
  public func listen(_ descriptor: Int32, backlog: Int) throws(IOError) {
    // Systems disagree about a negative number: some take it for the most they allow.
    guard backlog >= 0 else { throw IOError(.invalidInput) }
    try Self.check(metal_listen(descriptor, Int32(clamping: backlog)))
  }

  /// Starts to connect and returns without waiting for the outcome.
  ///
  /// Source: connect(2): an attempt that is under way, `EINPROGRESS`, has started.
  public func connect(_ descriptor: Int32, to address: SocketAddress) throws(IOError) {
    // Safety: the call only reads the address, of the length of its family.
    var raw = metal_ip_address(address)
    do throws(IOError) {
      try unsafe Self.check(metal_connect(descriptor, &raw, Self.length(of: address)))
    } catch .connectionInProgress, .interrupted {
      // Under way. A signal that interrupts connect(2) does not end the attempt either.
    }
  }

  /// Returns the address a socket is bound to.
  ///
  /// Source: getsockname(2).
  public func localAddress(of descriptor: Int32) throws(IOError) -> SocketAddress {
    var raw = metal_ip_address()
    // Safety: the call writes at most the structure's size.
    try unsafe Self.check(metal_local_address(descriptor, &raw))
    return try Self.address(raw)
  }

  /// Returns the address a socket is connected to.
  ///
  /// Source: getpeername(2).
  public func peerAddress(of descriptor: Int32) throws(IOError) -> SocketAddress {
    var raw = metal_ip_address()
    // Safety: the call writes at most the structure's size.
    try unsafe Self.check(metal_peer_address(descriptor, &raw))
    return try Self.address(raw)
  }

  /// Ends one or both directions of a connection.
  ///
  /// Source: shutdown(2).
  public func shutdown(_ descriptor: Int32, _ direction: ShutdownDirection) throws(IOError) {
    let how =
      switch direction {
      case .read: METAL_SHUT_RD
      case .write: METAL_SHUT_WR
      case .both: METAL_SHUT_RDWR
      }
    try Self.check(metal_shutdown(descriptor, Int32(how)))
  }

  /// The number of bytes that an address has in the system's layout.
  @usableFromInline
  static func length(of address: SocketAddress) -> Int32 {
    Int32(address.isIPv4 ? METAL_IP_ADDRESS_LENGTH_V4 : METAL_IP_ADDRESS_LENGTH_V6)
  }

  private static func address(_ raw: metal_ip_address) throws(IOError) -> SocketAddress {
    guard let address = SocketAddress(raw) else { throw IOError(errno: Int32(METAL_EAFNOSUPPORT)) }
    return address
  }
}

extension SystemKernel {
  @usableFromInline
  static func number(of family: SocketFamily) -> Int32 {
    switch family {
    case .ipv4: Int32(METAL_AF_INET)
    case .ipv6: Int32(METAL_AF_INET6)
    case .unix: Int32(METAL_AF_UNIX)
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

extension SystemKernel {
  /// Closes a connection whose peer has an address of a foreign family, and returns the result that says so.
  @usableFromInline
  @inline(never)
  static func refuse(_ descriptor: Int32) -> IOResult {
    _ = metal_close(descriptor)
    return IOResult(rawValue: -Int(METAL_EAFNOSUPPORT))
  }
}
