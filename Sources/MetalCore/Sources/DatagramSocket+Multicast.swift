extension DatagramSocket where Address == SocketAddress {
  /// Joins a multicast group: the socket receives the group's datagrams on the given interface.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` if it is no multicast address, or there is no such interface (on some
  ///   systems ``IOError/Kind/addressNotAvailable`` or ``IOError/Kind/other``, "no such device");
  ///   ``IOError/Kind/addressInUse`` if the socket is a member already; ``IOError/Kind/noBufferSpace`` for too many
  ///   memberships; ``IOError/Kind/unsupported`` if the socket is of the other family.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `IP_ADD_MEMBERSHIP` in ip(7), `IPV6_JOIN_GROUP` (`IPV6_ADD_MEMBERSHIP`) in ipv6(7).
  @inlinable
  public func join(_ group: MulticastGroup) throws(IOError) {
    guard group.isMulticast else { try IOError.raise(.invalidInput) }
    try handle.kernel.setMembership(true, of: handle.descriptor, in: group)
  }

  /// Leaves a multicast group, named as it was joined.
  ///
  /// - Throws: ``IOError/Kind/addressNotAvailable`` if the socket is not a member; ``IOError/Kind/invalidInput`` if
  ///   it is no multicast address.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `IP_DROP_MEMBERSHIP` in ip(7), `IPV6_LEAVE_GROUP` (`IPV6_DROP_MEMBERSHIP`) in ipv6(7).
  @inlinable
  public func leave(_ group: MulticastGroup) throws(IOError) {
    guard group.isMulticast else { try IOError.raise(.invalidInput) }
    try handle.kernel.setMembership(false, of: handle.descriptor, in: group)
  }
}

/// A multicast group, and the interface on which it is joined.
@frozen
public enum MulticastGroup: Hashable, Sendable, BitwiseCopyable {
  /// An IPv4 group, and an interface by its address; ``IPv4Address/unspecified`` lets the system choose.
  case v4(IPv4Address, interface: IPv4Address)
  /// An IPv6 group, and an interface by its number; 0 lets the system choose.
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
