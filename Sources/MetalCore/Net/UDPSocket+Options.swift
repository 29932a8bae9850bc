extension UDPSocket {
  /// The number of hops that unicast datagrams may take.
  ///
  /// A socket that never set it reads the system's default; on macOS and the BSDs a router may have advertised another
  /// for IPv6, with which packets go out.
  ///
  /// Source: `IP_TTL` in ip(7), `IPV6_UNICAST_HOPS` in ipv6(7).
  @inlinable
  public var timeToLive: Int {
    get throws(IOError) { try handle.kernel.option(.timeToLive, of: handle.descriptor) }
  }

  /// Sets the number of hops that unicast datagrams may take.
  ///
  /// On an IPv6 socket that also carries IPv4 in mapped addresses it holds for the packets of both.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` unless it is 1…255.
  ///
  /// Source: `IP_TTL` in ip(7), `IPV6_UNICAST_HOPS` in ipv6(7).
  @inlinable
  public func setTimeToLive(_ hops: Int) throws(IOError) {
    try handle.set(.timeToLive, hops)
  }

  /// Whether datagrams may be sent to broadcast addresses; `false` to begin with.
  ///
  /// Source: `SO_BROADCAST` in socket(7).
  @inlinable
  public var isBroadcast: Bool {
    get throws(IOError) { try handle.kernel.option(.broadcast, of: handle.descriptor) != 0 }
  }

  /// Chooses whether datagrams may be sent to broadcast addresses.
  ///
  /// - Throws: What the system says.
  @inlinable
  public func setBroadcast(_ isBroadcast: Bool) throws(IOError) {
    try handle.set(.broadcast, isBroadcast ? 1 : 0)
  }

  /// Whether an IPv6 socket carries IPv6 only, not IPv4 in mapped addresses.
  ///
  /// Throws ``IOError/Kind/unsupported`` for an IPv4 socket. It is set before binding: ``SocketOptions/onlyV6``. Linux
  /// answers `true` for a socket that is bound to one IPv6 address, whatever was set.
  ///
  /// Source: `IPV6_V6ONLY` in ipv6(7).
  @inlinable
  public var isOnlyV6: Bool {
    get throws(IOError) { try handle.kernel.option(.onlyV6, of: handle.descriptor) != 0 }
  }
}

extension UDPSocket {
  /// Joins a multicast group: the socket receives what is sent to it, on the interface that was said.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` if it is no multicast address, or there is no such interface (on some
  ///   systems ``IOError/Kind/addressNotAvailable`` or ``IOError/Kind/other``, "no such device");
  ///   ``IOError/Kind/addressInUse`` if the socket is a member already; ``IOError/Kind/noBufferSpace`` for too many
  ///   memberships; ``IOError/Kind/unsupported`` if the socket is of the other family.
  ///
  /// Source: `IP_ADD_MEMBERSHIP` in ip(7), `IPV6_JOIN_GROUP` (`IPV6_ADD_MEMBERSHIP`) in ipv6(7).
  @inlinable
  public func join(_ group: MulticastGroup) throws(IOError) {
    guard group.isMulticast else { throw IOError(.invalidInput) }
    try handle.kernel.setMembership(true, of: handle.descriptor, in: group)
  }

  /// Leaves a multicast group, named as it was joined.
  ///
  /// - Throws: ``IOError/Kind/addressNotAvailable`` if the socket is not a member; ``IOError/Kind/invalidInput`` if
  ///   it is no multicast address.
  ///
  /// Source: `IP_DROP_MEMBERSHIP` in ip(7), `IPV6_LEAVE_GROUP` (`IPV6_DROP_MEMBERSHIP`) in ipv6(7).
  @inlinable
  public func leave(_ group: MulticastGroup) throws(IOError) {
    guard group.isMulticast else { throw IOError(.invalidInput) }
    try handle.kernel.setMembership(false, of: handle.descriptor, in: group)
  }

  /// Whether IPv4 multicast datagrams reach this machine's own members; `true` to begin with.
  ///
  /// On an IPv6 socket, Linux has the option for what is sent to IPv4 groups in mapped addresses; macOS and the BSDs throw
  /// ``IOError/Kind/unsupported``.
  ///
  /// Source: `IP_MULTICAST_LOOP` in ip(7).
  @inlinable
  public var isMulticastLoopV4: Bool {
    get throws(IOError) { try handle.kernel.option(.multicastLoopV4, of: handle.descriptor) != 0 }
  }

  /// Chooses whether IPv4 multicast datagrams reach this machine's own members.
  ///
  /// - Throws: ``IOError/Kind/unsupported`` for a socket that does not have the option.
  @inlinable
  public func setMulticastLoopV4(_ isMulticastLoopV4: Bool) throws(IOError) {
    try handle.set(.multicastLoopV4, isMulticastLoopV4 ? 1 : 0)
  }

  /// The number of hops that IPv4 multicast datagrams may take; 1 to begin with, 0 keeps them on this machine.
  ///
  /// On an IPv6 socket, Linux has the option for what is sent to IPv4 groups in mapped addresses; macOS and the BSDs throw
  /// ``IOError/Kind/unsupported``.
  ///
  /// Source: `IP_MULTICAST_TTL` in ip(7).
  @inlinable
  public var multicastTimeToLiveV4: Int {
    get throws(IOError) { try handle.kernel.option(.multicastTimeToLiveV4, of: handle.descriptor) }
  }

  /// Sets the number of hops that IPv4 multicast datagrams may take.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` unless it is 0…255; ``IOError/Kind/unsupported`` for a socket that does not
  ///   have the option.
  @inlinable
  public func setMulticastTimeToLiveV4(_ hops: Int) throws(IOError) {
    try handle.set(.multicastTimeToLiveV4, hops)
  }

  /// The address of the interface that IPv4 multicast datagrams leave by; ``IPv4Address/any``: the system chooses.
  ///
  /// On an IPv6 socket, Linux has the option for what is sent to IPv4 groups in mapped addresses; macOS and the BSDs throw
  /// ``IOError/Kind/unsupported``.
  ///
  /// Source: `IP_MULTICAST_IF` in ip(7).
  @inlinable
  public var multicastInterfaceV4: IPv4Address {
    get throws(IOError) {
      IPv4Address(
        rawValue: UInt32(
          truncatingIfNeeded: try handle.kernel.option(.multicastInterfaceV4, of: handle.descriptor)))
    }
  }

  /// Chooses the interface that IPv4 multicast datagrams leave by.
  ///
  /// - Throws: ``IOError/Kind/addressNotAvailable`` if no interface has the address; ``IOError/Kind/unsupported`` for a
  ///   socket that does not have the option.
  @inlinable
  public func setMulticastInterfaceV4(_ interface: IPv4Address) throws(IOError) {
    try handle.set(.multicastInterfaceV4, Int(truncatingIfNeeded: interface.rawValue))
  }

  /// Whether IPv6 multicast datagrams reach this machine's own members; `true` to begin with.
  ///
  /// Source: `IPV6_MULTICAST_LOOP` in ipv6(7).
  @inlinable
  public var isMulticastLoopV6: Bool {
    get throws(IOError) { try handle.kernel.option(.multicastLoopV6, of: handle.descriptor) != 0 }
  }

  /// Chooses whether IPv6 multicast datagrams reach this machine's own members.
  ///
  /// - Throws: ``IOError/Kind/unsupported`` for an IPv4 socket.
  @inlinable
  public func setMulticastLoopV6(_ isMulticastLoopV6: Bool) throws(IOError) {
    try handle.set(.multicastLoopV6, isMulticastLoopV6 ? 1 : 0)
  }

  /// The number of hops that IPv6 multicast datagrams may take; 1 to begin with, 0 keeps them on this machine.
  ///
  /// Source: `IPV6_MULTICAST_HOPS` in ipv6(7).
  @inlinable
  public var multicastHopsV6: Int {
    get throws(IOError) { try handle.kernel.option(.multicastHopsV6, of: handle.descriptor) }
  }

  /// Sets the number of hops that IPv6 multicast datagrams may take.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` unless it is 0…255; ``IOError/Kind/unsupported`` for an IPv4 socket.
  @inlinable
  public func setMulticastHopsV6(_ hops: Int) throws(IOError) {
    try handle.set(.multicastHopsV6, hops)
  }

  /// The number of the interface that IPv6 multicast datagrams leave by; 0: the system chooses.
  ///
  /// Source: `IPV6_MULTICAST_IF` in ipv6(7).
  @inlinable
  public var multicastInterfaceV6: UInt32 {
    get throws(IOError) {
      UInt32(truncatingIfNeeded: try handle.kernel.option(.multicastInterfaceV6, of: handle.descriptor))
    }
  }

  /// Chooses the interface that IPv6 multicast datagrams leave by.
  ///
  /// - Throws: ``IOError/Kind/other`` ("no such device"), ``IOError/Kind/addressNotAvailable`` or, for a number beyond
  ///   31 bits, ``IOError/Kind/invalidInput`` if there is no such interface; ``IOError/Kind/unsupported`` for an IPv4
  ///   socket.
  @inlinable
  public func setMulticastInterfaceV6(_ interface: UInt32) throws(IOError) {
    try handle.set(.multicastInterfaceV6, Int(truncatingIfNeeded: interface))
  }
}
