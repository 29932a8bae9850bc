public import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Returns a socket option's value.
  ///
  /// Source: getsockopt(2).
  public func option(_ option: SocketOptionName, of descriptor: Int32) throws(IOError) -> Int {
    if option == .multicastInterfaceV4 {
      var address: UInt32 = 0
      // Safety: the call writes one address.
      let result = unsafe metal_get_multicast_interface(descriptor, &address)
      if result < 0 { try raise(result, option, of: descriptor) }
      return Int(truncatingIfNeeded: UInt32(bigEndian: address))
    }
    if option == .linger {
      var (isOn, seconds): (Int32, Int32) = (0, 0)
      // Safety: the call writes two `int`s.
      try unsafe Self.check(metal_get_linger(descriptor, &isOn, &seconds))
      return isOn == 0 ? -1 : Int(seconds)
    }
    let name = try optionName(option, of: descriptor)
    var value: Int32 = 0
    // Safety: the call writes one `int`.
    let result = unsafe metal_get_option(descriptor, name.level, name.number, &value)
    if result < 0 { try raise(result, option, of: descriptor) }
    return Int(value)
  }

  /// Sets a socket option.
  ///
  /// Source: setsockopt(2).
  @inlinable
  public func setOption(_ option: SocketOptionName, of descriptor: Int32, to value: Int) throws(IOError) {
    switch option {
    case .noDelay where value == 0 || value == 1:
      // Servers set it on every connection that they accept, so its name is not looked up.
      let result = metal_set_option(
        descriptor, Int32(METAL_IPPROTO_TCP), Int32(METAL_TCP_NODELAY), Int32(truncatingIfNeeded: value))
      if result < 0 { try raise(result, .noDelay, of: descriptor) }
    default:
      try setNamedOption(option, of: descriptor, to: value)
    }
  }

  @usableFromInline @inline(never)
  func setNamedOption(_ option: SocketOptionName, of descriptor: Int32, to value: Int) throws(IOError) {
    guard option.legalValues.contains(value) else { throw IOError(.invalidInput) }
    var result: Int32
    if option == .multicastInterfaceV4 {
      result = metal_set_multicast_interface(descriptor, UInt32(truncatingIfNeeded: value).bigEndian)
    } else if option == .linger {
      result = metal_set_linger(descriptor, value < 0 ? 0 : 1, Int32(max(value, 0)))
    } else {
      let name = try optionName(option, of: descriptor)
      result = metal_set_option(descriptor, name.level, name.number, Int32(truncatingIfNeeded: value))
      if result == 0, option == .hopLimit, Int(name.level) == Int(METAL_IPPROTO_IPV6) {
        result = metal_set_hops_of_mapped(descriptor, Int32(truncatingIfNeeded: value))
      }
    }
    if result < 0 { try raise(result, option, of: descriptor) }
  }

  /// Throws what a call for an option failed with: as unsupported if the socket does not have the option.
  ///
  /// FreeBSD and macOS call such an option invalid, and so does Linux for some.
  ///
  /// Source: `ip_ctloutput` in sys/netinet/ip_output.c, FreeBSD 14; `do_ip_setsockopt` in net/ipv4/ip_sockglue.c, Linux 6.
  @usableFromInline @inline(never)
  func raise(_ result: Int32, _ option: SocketOptionName, of descriptor: Int32) throws(IOError) -> Never {
    let error = Self.error(for: IOResult(rawValue: Int(result)))
    if error.kind == .invalidInput, let (family, kind) = nature(of: descriptor),
      !option.exists(on: family, kind)
    {
      throw IOError(.unsupported, code: error.code)
    }
    throw error
  }

  /// The family and kind of a socket, or `nil` if the descriptor is of no socket that the library knows.
  private func nature(of descriptor: Int32) -> (SocketFamily, SocketKind)? {
    var raw = metal_ip_address()
    var type: Int32 = 0
    // Safety: the calls write at most the structure's size, and one `int`.
    var length = Int32(MemoryLayout<metal_ip_address>.size)
    guard unsafe metal_local_address(descriptor, &raw, &length) == 0,
      unsafe metal_get_option(descriptor, Int32(METAL_SOL_SOCKET), Int32(METAL_SO_TYPE), &type) == 0
    else { return nil }
    let families: [SocketFamily] = [.ipv4, .ipv6, .unix]
    let kinds: [SocketKind] = [.stream, .datagram]
    guard let family = families.first(where: { Self.number(of: $0) == Int32(raw.family) }),
      let kind = kinds.first(where: { Self.number(of: $0) == type })
    else { return nil }
    return (family, kind)
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
    _ option: SocketOptionName, of descriptor: Int32
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
      case .ipv6Only: (METAL_IPPROTO_IPV6, METAL_IPV6_V6ONLY)
      case .multicastLoopbackV6: (METAL_IPPROTO_IPV6, METAL_IPV6_MULTICAST_LOOP)
      case .multicastHopLimitV6: (METAL_IPPROTO_IPV6, METAL_IPV6_MULTICAST_HOPS)
      case .multicastInterfaceV6: (METAL_IPPROTO_IPV6, METAL_IPV6_MULTICAST_IF)
      case .multicastLoopbackV4: (METAL_IPPROTO_IP, METAL_IP_MULTICAST_LOOP)
      case .multicastHopLimitV4: (METAL_IPPROTO_IP, METAL_IP_MULTICAST_TTL)
      case .multicastInterfaceV4, .linger: fatalError("Option \(option) has calls of its own.")
      case .hopLimit: try hopLimitName(of: descriptor)
      }
    return (Int32(level), Int32(number))
  }

  private func hopLimitName(of descriptor: Int32) throws(IOError) -> (Int, Int) {
    // Linux would take IP_TTL for an IPv6 socket as well, without effect on IPv6 packets.
    try (localAddress(of: descriptor) as SocketAddress).isIPv4
      ? (METAL_IPPROTO_IP, METAL_IP_TTL) : (METAL_IPPROTO_IPV6, METAL_IPV6_UNICAST_HOPS)
  }
}
