internal import MetalCore

extension UDPSocket {
  /// A group that the socket has joined on an interface.
  struct Membership {
    let group: SocketAddress
    let interface: UInt32
  }

  /// The most groups that a socket may be in (`IP_MAX_MEMBERSHIPS` in in.h).
  private static var mostMemberships: Int { 4_095 }

  // MARK: Groups

  /// Whether the socket receives what is sent to a group and arrives by an interface.
  func isMember(of group: SocketAddress, on interface: UInt32) -> Bool {
    index(of: group, on: interface) != nil
  }

  /// The position of a membership; without an interface, that of the first one in the group.
  private func index(of group: SocketAddress, on interface: UInt32?) -> Int? {
    memberships.firstIndex { membership in
      membership.group.sharesHost(with: group) && (interface ?? membership.interface) == membership.interface
    }
  }

  func join(_ group: MulticastGroup) -> IOResult {
    let (named, errno) = self.named(group)
    guard let named else { return .failure(errno) }
    guard !isMember(of: named.group, on: named.interface) else { return .failure(.addressInUse) }
    guard memberships.count < Self.mostMemberships else { return .failure(.tooManyReferences) }
    memberships.append(named)
    return .success()
  }

  func leave(_ group: MulticastGroup) -> IOResult {
    let (named, errno) = self.named(group)
    guard let named else { return .failure(errno) }
    guard let index = index(of: named.group, on: group.namesInterface ? named.interface : nil) else {
      return .failure(.addressNotAvailable)
    }
    memberships.remove(at: index)
    return .success()
  }

  /// The membership that is meant; `nil` with the reason if the socket can have none such.
  private func named(_ group: MulticastGroup) -> (membership: Membership?, errno: Errno) {
    guard group.isMulticast else { return (nil, .invalid) }
    let address: SocketAddress
    let interface: UInt32?
    switch group {
    case .v4(let inner, let named):
      guard family == .ipv4 else { return (nil, .noSuchOption) }
      address = SocketAddress(inner, port: 0)
      interface = kernel.host.interface(named)
    case .v6(let inner, let named):
      guard family == .ipv6 else { return (nil, .noSuchOption) }
      address = SocketAddress(inner, port: 0)
      interface = kernel.host.interface(named)
    }
    guard let interface else { return (nil, .addressNotAvailable) }
    return (Membership(group: address, interface: interface), .invalid)
  }

  // MARK: Sending

  /// The interface that what is sent to a group leaves by: the one that the address names, or that the socket has
  /// chosen; `nil` if there is no such.
  func multicastInterface(for target: SocketAddress) -> UInt32? {
    switch target {
    case .v4:
      return kernel.host.interface(IPv4Address(rawValue: UInt32(truncatingIfNeeded: options.multicastInterfaceV4)))
    case .v6(_, _, _, let scopeID):
      return kernel.host.interface(
        scopeID != 0 ? scopeID : UInt32(truncatingIfNeeded: options.multicastInterfaceV6))
    }
  }

  /// Who may receive what is sent to a group: members on this machine if the loop is on, those on others if it has hops
  /// to go.
  func multicastReceivers(for target: SocketAddress, _ interface: UInt32) -> Receivers {
    let leaves = interface == Host.networkInterface
    switch target {
    case .v4:
      return .all(
        here: options.multicastLoopbackV4 != 0, elsewhere: leaves && options.multicastHopLimitV4 > 0)
    case .v6(let group, _, _, _):
      return .all(
        here: options.multicastLoopbackV6 != 0,
        elsewhere: leaves && options.multicastHopLimitV6 > 0 && !group.staysOnMachine)
    }
  }
}

extension MulticastGroup {
  /// Whether the group is named on one interface, and not on the system's choice.
  fileprivate var namesInterface: Bool {
    switch self {
    case .v4(_, let interface): interface != .unspecified
    case .v6(_, let interface): interface != 0
    }
  }
}

extension IPv6Address {
  /// Whether a group's scope is the interface itself (RFC 4291, 2.7).
  fileprivate var staysOnMachine: Bool { high >> 48 & 0xF <= 1 }
}
