public import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Returns a socket option's value.
  ///
  /// Source: getsockopt(2).
  public func option(_ option: SocketOptionName, of descriptor: Int32) throws(IOError) -> Int {
    var value: Int32 = 0
    // Safety: the calls write one `int`.
    if option == .linger {
      try unsafe Self.check(metal_get_linger(descriptor, &value))
      return Int(value)
    }
    let name = try optionName(option, of: descriptor)
    let result = unsafe metal_get_option(descriptor, name.level, name.number, &value)
    if result < 0 { try raise(result, option, of: descriptor) }
    // An IPv4 address has the size of an `int`, and network byte order.
    return option == .multicastInterfaceV4 ? Int(truncatingIfNeeded: UInt32(bitPattern: value.bigEndian)) : Int(value)
  }

  /// Sets a socket option.
  ///
  /// Source: setsockopt(2).
  @inlinable
  public func setOption(_ option: SocketOptionName, of descriptor: Int32, to value: Int) throws(IOError) {
    switch option {
    case .noDelay where value == 0 || value == 1:
      // Servers set it on every connection that they accept, so its name is not looked up.
      let result = metal_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, Int32(truncatingIfNeeded: value))
      if result < 0 { try raise(result, .noDelay, of: descriptor) }
    default:
      try setNamedOption(option, of: descriptor, to: value)
    }
  }

  @usableFromInline @inline(never)
  func setNamedOption(_ option: SocketOptionName, of descriptor: Int32, to value: Int) throws(IOError) {
    guard option.legalValues.contains(value) else { throw IOError(.invalidInput) }
    var number = Int32(truncatingIfNeeded: value)
    if option == .multicastInterfaceV4 { number = number.bigEndian }
    var result: Int32
    if option == .linger {
      result = metal_set_linger(descriptor, number)
    } else {
      let name = try optionName(option, of: descriptor)
      result = metal_set_option(descriptor, name.level, name.number, number)
      if result == 0, option == .hopLimit, name.level == Int32(IPPROTO_IPV6) {
        result = metal_set_hops_of_mapped(descriptor, number)
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
    if error.kind == .invalidInput, let (family, kind) = nature(of: descriptor), !option.exists(on: family, kind) {
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
      unsafe metal_get_option(descriptor, SOL_SOCKET, SO_TYPE, &type) == 0
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
    try unsafe Self.check(metal_get_option(descriptor, SOL_SOCKET, SO_ERROR, &code))
    return code == 0 ? nil : IOError(errno: code)
  }

  /// A socket option's level and number, by the socket's family where they depend on it.
  private func optionName(
    _ option: SocketOptionName, of descriptor: Int32
  ) throws(IOError) -> (level: Int32, number: Int32) {
    // Not of one type on all systems.
    let (ip, ipv6, tcp) = (Int32(IPPROTO_IP), Int32(IPPROTO_IPV6), Int32(IPPROTO_TCP))
    switch option {
    case .noDelay: return (tcp, TCP_NODELAY)
    case .keepAliveIdle: return (tcp, Int32(METAL_TCP_KEEPIDLE))
    case .keepAliveInterval: return (tcp, Int32(METAL_TCP_KEEPINTVL))
    case .keepAliveProbes: return (tcp, Int32(METAL_TCP_KEEPCNT))
    case .reuseAddress: return (SOL_SOCKET, SO_REUSEADDR)
    case .reusePort: return (SOL_SOCKET, SO_REUSEPORT)
    case .sendBufferSize: return (SOL_SOCKET, SO_SNDBUF)
    case .receiveBufferSize: return (SOL_SOCKET, SO_RCVBUF)
    case .keepAlive: return (SOL_SOCKET, SO_KEEPALIVE)
    case .broadcast: return (SOL_SOCKET, SO_BROADCAST)
    case .ipv6Only: return (ipv6, IPV6_V6ONLY)
    case .multicastLoopbackV6: return (ipv6, IPV6_MULTICAST_LOOP)
    case .multicastHopLimitV6: return (ipv6, IPV6_MULTICAST_HOPS)
    case .multicastInterfaceV6: return (ipv6, IPV6_MULTICAST_IF)
    case .multicastLoopbackV4: return (ip, IP_MULTICAST_LOOP)
    case .multicastHopLimitV4: return (ip, IP_MULTICAST_TTL)
    case .multicastInterfaceV4: return (ip, IP_MULTICAST_IF)
    case .linger: fatalError("Option \(option) has no number of its own. Use metal_get_linger and metal_set_linger.")
    case .hopLimit:
      // Linux would take IP_TTL for an IPv6 socket as well, without effect on IPv6 packets.
      let address: SocketAddress = try localAddress(of: descriptor)
      return address.isIPv4 ? (ip, IP_TTL) : (ipv6, IPV6_UNICAST_HOPS)
    }
  }
}
