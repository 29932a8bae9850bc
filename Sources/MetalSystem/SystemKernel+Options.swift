public import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Returns the value of a socket option.
  ///
  /// - Throws: `.unsupported` if the socket does not have the option. `.badDescriptor` if the descriptor is not open.
  ///   `.invalidInput` if the descriptor is not a socket. After a reset of the connection, `.invalidInput` or
  ///   `.connectionReset` on macOS and the BSDs.
  /// - Complexity: One or two system calls; no allocation.
  ///
  /// Source: getsockopt(2).
  public func option(_ option: SocketOptionName, of descriptor: Descriptor) throws(IOError) -> Int {
    var value: Int32 = 0
    // Safety: each call writes one `int`.
    if option == .linger {
      try unsafe Self.check(metal_get_linger(descriptor, &value))
      return Int(value)
    }
    let name = try optionName(option, of: descriptor)
    let result = unsafe metal_get_option(descriptor, name.level, name.number, &value)
    if result < 0 { try raise(result, option, of: descriptor) }
    // An IPv4 address is an `int` in network byte order.
    return option == .multicastInterfaceV4 ? Int(truncatingIfNeeded: UInt32(bitPattern: value.bigEndian)) : Int(value)
  }

  /// Sets a socket option.
  ///
  /// - Throws: `.invalidInput` if the value is outside the range of the option. Also the errors that ``option(_:of:)``
  ///   lists.
  /// - Complexity: One to three system calls; no allocation.
  ///
  /// Source: setsockopt(2).
  @inlinable
  public func setOption(_ option: SocketOptionName, of descriptor: Descriptor, to value: Int) throws(IOError) {
    switch option {
    case .noDelay where value == 0 || value == 1:
      // Servers set this option on every accepted connection, so this path does not look up the name.
      let result = metal_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, Int32(truncatingIfNeeded: value))
      if result < 0 { try raise(result, .noDelay, of: descriptor) }
    default:
      try setNamedOption(option, of: descriptor, to: value)
    }
  }

  @usableFromInline @inline(never)
  func setNamedOption(_ option: SocketOptionName, of descriptor: Descriptor, to value: Int) throws(IOError) {
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

  /// Throws the error of a call for an option: `.unsupported` if the socket does not have the option.
  ///
  /// If a socket does not have an option, FreeBSD and macOS return `EINVAL`. For some options, Linux also returns
  /// `EINVAL`.
  ///
  /// Source: `ip_ctloutput` in sys/netinet/ip_output.c, FreeBSD 14; `do_ip_setsockopt` in net/ipv4/ip_sockglue.c, Linux
  /// 6.
  @usableFromInline @inline(never)
  func raise(_ result: Int32, _ option: SocketOptionName, of descriptor: Descriptor) throws(IOError) -> Never {
    let error = Self.error(for: IOResult(rawValue: Int(result)))
    if error.kind == .invalidInput, let (family, kind) = nature(of: descriptor), !option.exists(on: family, kind) {
      throw IOError(.unsupported, code: error.code)
    }
    throw error
  }

  /// Returns the family and the kind of a socket; `nil` for any other descriptor.
  private func nature(of descriptor: Descriptor) -> (SocketFamily, SocketKind)? {
    var raw = metal_ip_address()
    var type: Int32 = 0
    // Safety: the first call writes at most the size of the structure. The second call writes one `int`.
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

  /// Returns the pending error of a socket and clears it.
  ///
  /// - Returns: The error; `nil` if no error is pending.
  /// - Throws: `.badDescriptor` if the descriptor is not open. `.invalidInput` if the descriptor is not a socket.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `SO_ERROR` in socket(7).
  public func takePendingError(of descriptor: Descriptor) throws(IOError) -> IOError? {
    var code: Int32 = 0
    // Safety: the call writes one `int`.
    try unsafe Self.check(metal_get_option(descriptor, SOL_SOCKET, SO_ERROR, &code))
    return code == 0 ? nil : IOError(errno: code)
  }

  /// Returns the level and the number of a socket option.
  ///
  /// The level and the number may depend on the family of the socket.
  private func optionName(
    _ option: SocketOptionName, of descriptor: Descriptor
  ) throws(IOError) -> (level: Int32, number: Int32) {
    // The types of these constants differ between systems.
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
      // Linux accepts IP_TTL for an IPv6 socket too, but the option does not change IPv6 packets.
      let address: SocketAddress = try localAddress(of: descriptor)
      return address.isIPv4 ? (ip, IP_TTL) : (ipv6, IPV6_UNICAST_HOPS)
    }
  }
}
