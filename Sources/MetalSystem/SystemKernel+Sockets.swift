internal import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Gives a socket its local address; to the unnamed one Linux answers with an abstract name of its own choice.
  ///
  /// - Throws: `.addressNotAvailable` if the system is to choose a port and none is free, which Linux calls an address in
  ///   use; `.unsupported` for the unnamed address and for an abstract name where there are no abstract names;
  ///   `.invalidInput` for a path longer than the system's addresses.
  ///
  /// Source: bind(2), `EADDRINUSE`; unix(7), "Autobind feature".
  public func bind<Address: EndpointAddress>(_ descriptor: Int32, to address: Address) throws(IOError) {
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
  /// - Throws: `.invalidInput` for the unnamed address, and for a path longer than the system's addresses; `.unsupported`
  ///   for an abstract name where there are none; `.connectionRefused` also if a Unix-domain listener's queue is full;
  ///   `.addressNotAvailable` also if no local port is free.
  ///
  /// Source: connect(2): an attempt that is under way, `EINPROGRESS`, has started; `EAGAIN` in unix(7), and in connect(2) of
  /// FreeBSD 14.
  public func connect<Address: EndpointAddress>(_ descriptor: Int32, to address: Address) throws(IOError) {
    if case .unix(.unnamed) = address.erased { throw IOError(.invalidInput) }
    do throws(IOError) {
      // Safety: the call only reads the address.
      try unsafe Self.check(address.withSystemLayout { unsafe Int(metal_connect(descriptor, $0, $1)) })
    } catch .connectionInProgress, .interrupted {
      // Under way. A signal that interrupts connect(2) does not end the attempt either.
    } catch .wouldBlock {
      // Unix domain, Linux: the listener's queue is full, and no event reports room; macOS and the BSDs refuse. Internet,
      // macOS and FreeBSD: no local port is free.
      throw IOError(Address.isInternet ? .addressNotAvailable : .connectionRefused, code: EAGAIN)
    }
  }

  /// Returns the address a socket is bound to.
  ///
  /// Source: getsockname(2).
  public func localAddress<Address: EndpointAddress>(of descriptor: Int32) throws(IOError) -> Address {
    var address = Address.unspecified
    // Safety: the call writes at most the size of the room.
    try unsafe Self.check(address.takeFromSystem { unsafe Int(metal_local_address(descriptor, $0, &$1)) })
    return address
  }

  /// Returns the address a socket is connected to.
  ///
  /// Source: getpeername(2).
  public func peerAddress<Address: EndpointAddress>(of descriptor: Int32) throws(IOError) -> Address {
    var address = Address.unspecified
    // Safety: the call writes at most the size of the room.
    try unsafe Self.check(address.takeFromSystem { unsafe Int(metal_peer_address(descriptor, $0, &$1)) })
    return address
  }

  /// Ends one or both directions of a connection.
  ///
  /// Source: shutdown(2).
  public func shutdown(_ descriptor: Int32, _ direction: ShutdownDirection) throws(IOError) {
    let how =
      switch direction {
      case .read: SHUT_RD
      case .write: SHUT_WR
      case .both: SHUT_RDWR
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
