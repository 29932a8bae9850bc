internal import MetalCore

// The interfaces of a machine, which are numbered: its loopback, and the one of the network that all machines share.

extension Host {
  static var loopbackInterface: UInt32 { 1 }
  static var networkInterface: UInt32 { 2 }

  /// The interface that has an address; the system's choice, that of the network, for none; `nil` if there is no such.
  func interface(_ address: IPv4Address) -> UInt32? {
    if address == .loopback { return Self.loopbackInterface }
    return address == .unspecified || address == self.address ? Self.networkInterface : nil
  }

  /// The interface of a number; the system's choice, that of the network, for 0; `nil` if there is no such.
  func interface(_ number: UInt32) -> UInt32? {
    if number == 0 { return Self.networkInterface }
    return number <= Self.networkInterface ? number : nil
  }

  /// The address that an interface has, of the family of another address.
  func address(of interface: UInt32, asFor other: SocketAddress) -> SocketAddress {
    let isLoopback = interface == Self.loopbackInterface
    return other.isIPv4
      ? SocketAddress(isLoopback ? IPv4Address.loopback : address, port: 0)
      : SocketAddress(isLoopback ? IPv6Address.loopback : addressV6, port: 0)
  }

  /// Whether an address, which somebody has or not, is one of a network that the machine is on.
  func isOnLink(_ address: SocketAddress) -> Bool {
    switch address {
    case .v4(let inner, _): inner.isLoopback || inner.rawValue >> 24 == self.address.rawValue >> 24
    case .v6(let inner, _, _, _): inner.isLoopback || inner.high == addressV6.high
    }
  }

  /// Whether a connection request to an address that no machine has would wait for an answer, as on a real network.
  ///
  /// The network that machines share has such addresses. The loopback network and everybody's address have none, and
  /// there is no way to other networks.
  func mayHaveHost(_ address: SocketAddress) -> Bool {
    isOnLink(address) && !address.isLoopback && !address.isBroadcast
  }
}

extension SocketAddress {
  /// Whether a datagram to the address is for all who listen, and not for one.
  var isForMany: Bool { isMulticast || isBroadcast }

  /// Whether the address is everybody's: that of all networks, of the one that machines share, or of the loopback.
  var isBroadcast: Bool {
    guard case .v4(let inner, _) = self else { return false }
    return inner.isBroadcast || inner == IPv4Address(10, 255, 255, 255)
      || inner == IPv4Address(127, 255, 255, 255)
  }
}
