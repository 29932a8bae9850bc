public import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Gives a socket its local address.
  ///
  /// Source: bind(2).
  public func bind(_ descriptor: Int32, to address: SocketAddress) throws(IOError) {
    // Safety: the call only reads the address, of the length of its family.
    var raw = metal_ip_address(address)
    try unsafe Self.check(metal_bind(descriptor, &raw, Self.length(of: address)))
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

  /// Returns a socket option's value.
  ///
  /// Source: getsockopt(2).
  public func option(_ option: SocketOption, of descriptor: Int32) throws(IOError) -> Int {
    if option == .multicastInterfaceV4 {
      var address: UInt32 = 0
      // Safety: the call writes one address.
      try unsafe Self.check(metal_get_multicast_interface(descriptor, &address))
      return Int(truncatingIfNeeded: UInt32(bigEndian: address))
    }
    let name = try optionName(option, of: descriptor)
    var value: Int32 = 0
    // Safety: the call writes one `int`.
    try unsafe Self.check(metal_get_option(descriptor, name.level, name.number, &value))
    return Int(value)
  }

  /// Sets a socket option.
  ///
  /// Source: setsockopt(2).
  @inlinable
  public func setOption(_ option: SocketOption, of descriptor: Int32, to value: Int) throws(IOError) {
    switch option {
    case .noDelay where value == 0 || value == 1:
      // Servers set it on every connection that they accept, so its name is not looked up.
      try Self.check(
        metal_set_option(
          descriptor, Int32(METAL_IPPROTO_TCP), Int32(METAL_TCP_NODELAY),
          Int32(truncatingIfNeeded: value)))
    default:
      try setNamedOption(option, of: descriptor, to: value)
    }
  }

  @usableFromInline
  @inline(never)
  func setNamedOption(_ option: SocketOption, of descriptor: Int32, to value: Int) throws(IOError) {
    if option == .multicastInterfaceV4 {
      let address = UInt32(truncatingIfNeeded: value)
      return try Self.check(metal_set_multicast_interface(descriptor, address.bigEndian))
    }
    guard let value = Int32(exactly: value) else { throw IOError(.invalidInput) }
    let name = try optionName(option, of: descriptor)
    try Self.check(metal_set_option(descriptor, name.level, name.number, value))
  }

  /// Sets or removes the time that closing waits for unsent data.
  ///
  /// Source: `SO_LINGER` in socket(7); whole seconds.
  public func setLinger(_ linger: Duration?, of descriptor: Int32) throws(IOError) {
    guard let linger else { return try Self.check(metal_set_linger(descriptor, 0, 0)) }
    // The BSDs keep a 16-bit number of seconds. Checked first, since a duration can be longer than its components.
    guard linger >= .zero, linger <= .seconds(65_535) else { throw IOError(.invalidInput) }
    let (seconds, attoseconds) = linger.components
    try Self.check(metal_set_linger(descriptor, 1, Int32(seconds) + (attoseconds > 0 ? 1 : 0)))
  }

  /// Returns the time that closing waits for unsent data, or `nil` if it does not linger.
  ///
  /// Source: `SO_LINGER` in socket(7).
  public func linger(of descriptor: Int32) throws(IOError) -> Duration? {
    var isOn: Int32 = 0
    var seconds: Int32 = 0
    // Safety: the call writes two `int`s.
    try unsafe Self.check(metal_get_linger(descriptor, &isOn, &seconds))
    return isOn == 0 ? nil : .seconds(Int64(seconds))
  }

  /// Returns a socket's pending error and clears it.
  ///
  /// Source: `SO_ERROR` in socket(7).
  public func takePendingError(of descriptor: Int32) throws(IOError) -> IOError? {
    var code: Int32 = 0
    // Safety: the call writes one `int`.
    try unsafe Self.check(metal_get_option(descriptor, Int32(METAL_SOL_SOCKET), Int32(METAL_SO_ERROR), &code))
    return code == 0 ? nil : IOError(errno: code)
  }

  /// A socket option's level and number, by the socket's family where they depend on it.
  private func optionName(
    _ option: SocketOption, of descriptor: Int32
  ) throws(IOError) -> (level: Int32, number: Int32) {
    let (level, number) =
      switch option {
      case .noDelay: (METAL_IPPROTO_TCP, METAL_TCP_NODELAY)
      case .keepAliveIdle: (METAL_IPPROTO_TCP, METAL_TCP_KEEPIDLE)
      case .keepAliveInterval: (METAL_IPPROTO_TCP, METAL_TCP_KEEPINTVL)
      case .keepAliveProbes: (METAL_IPPROTO_TCP, METAL_TCP_KEEPCNT)
      case .reuseAddress: (Int(METAL_SOL_SOCKET), Int(METAL_SO_REUSEADDR))
      case .reusePort: (METAL_SOL_SOCKET, METAL_SO_REUSEPORT)
      case .sendBufferSize: (METAL_SOL_SOCKET, METAL_SO_SNDBUF)
      case .receiveBufferSize: (METAL_SOL_SOCKET, METAL_SO_RCVBUF)
      case .keepAlive: (METAL_SOL_SOCKET, METAL_SO_KEEPALIVE)
      case .broadcast: (METAL_SOL_SOCKET, METAL_SO_BROADCAST)
      case .onlyV6: (METAL_IPPROTO_IPV6, METAL_IPV6_V6ONLY)
      case .multicastLoopV6: (METAL_IPPROTO_IPV6, METAL_IPV6_MULTICAST_LOOP)
      case .multicastHopsV6: (METAL_IPPROTO_IPV6, METAL_IPV6_MULTICAST_HOPS)
      case .multicastInterfaceV6: (METAL_IPPROTO_IPV6, METAL_IPV6_MULTICAST_IF)
      case .multicastLoopV4: (METAL_IPPROTO_IP, METAL_IP_MULTICAST_LOOP)
      case .multicastTimeToLiveV4: (METAL_IPPROTO_IP, METAL_IP_MULTICAST_TTL)
      case .multicastInterfaceV4: preconditionFailure("It is an address, which has calls of its own.")
      case .timeToLive: try timeToLiveName(of: descriptor)
      }
    return (Int32(level), Int32(number))
  }

  private func timeToLiveName(of descriptor: Int32) throws(IOError) -> (Int, Int) {
    // Linux would take IP_TTL for an IPv6 socket as well, without effect on IPv6 packets.
    try localAddress(of: descriptor).isIPv4
      ? (METAL_IPPROTO_IP, METAL_IP_TTL) : (METAL_IPPROTO_IPV6, METAL_IPV6_UNICAST_HOPS)
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
