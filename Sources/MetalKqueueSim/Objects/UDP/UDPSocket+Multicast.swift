internal import MetalCore

extension UDPSocket {
  /// A group that the socket has joined on an interface.
  struct Membership {
    let group: SocketAddress
    let interface: UInt32
  }

  /// The most groups that a socket may be in (`IP_MAX_MEMBERSHIPS` in in.h).
  static var mostMemberships: Int { 4_095 }

  // MARK: Groups

  /// The position of the membership on an interface, or of the group's first membership for `nil`.
  func index(of group: SocketAddress, on interface: UInt32?) -> Int? {
    memberships.firstIndex { membership in
      membership.group.sharesHost(with: group) && (interface ?? membership.interface) == membership.interface
    }
  }

  /// Returns the membership for a group, and whether the program names the interface.
  func membership(_ group: MulticastGroup) throws(Errno) -> (Membership, isNamed: Bool) {
    guard group.isMulticast else { throw .invalid }
    let (address, interface, isNamed): (SocketAddress, UInt32?, Bool) =
      switch group {
      case .v4(let inner, let by): (SocketAddress(inner, port: 0), kernel.host.interface(by), by != .unspecified)
      case .v6(let inner, let by): (SocketAddress(inner, port: 0), kernel.host.interface(by), by != 0)
      }
    guard address.isIPv4 == (family == .ipv4) else { throw .noSuchOption }
    guard let interface else { throw .addressNotAvailable }
    return (Membership(group: address, interface: interface), isNamed)
  }

  // MARK: Sending

  /// The receivers of datagrams to a group, and the interface that the address or an option names.
  ///
  /// Members on this machine need the loopback option, and members on other machines need a hop limit above 0.
  func multicastRoute(to target: SocketAddress) throws(Errno) -> (interface: UInt32, receivers: Receivers) {
    let interface: UInt32?
    let (here, elsewhere): (Bool, Bool)
    switch target {
    case .v4:
      interface = kernel.host.interface(
        IPv4Address(rawValue: UInt32(truncatingIfNeeded: options[.multicastInterfaceV4])))
      (here, elsewhere) = (options[.multicastLoopbackV4] != 0, options[.multicastHopLimitV4] > 0)
    case .v6(let group, _, _, let scopeID):
      interface = kernel.host.interface(
        scopeID != 0 ? scopeID : UInt32(truncatingIfNeeded: options[.multicastInterfaceV6]))
      (here, elsewhere) = (
        options[.multicastLoopbackV6] != 0, options[.multicastHopLimitV6] > 0 && !group.staysOnMachine
      )
    }
    guard let interface else { throw .addressNotAvailable }
    return (interface, .all(here: here, elsewhere: elsewhere && interface == Host.networkInterface))
  }
}

extension IPv6Address {
  /// Whether a group's scope is the interface itself (RFC 4291, 2.7).
  fileprivate var staysOnMachine: Bool { high >> 48 & 0xF <= 1 }
}
