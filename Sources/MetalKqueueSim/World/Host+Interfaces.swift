internal import MetalCore

// A machine has two interfaces: its loopback interface, and the interface of the network that all machines share.

extension Host {
  static var loopbackInterface: UInt32 { 1 }
  static var networkInterface: UInt32 { 2 }

  /// The interface with an address, or the network's interface for the unspecified address.
  func interface(_ address: IPv4Address) -> UInt32? {
    if address == .loopback { return Self.loopbackInterface }
    return address == .unspecified || address == self.address ? Self.networkInterface : nil
  }

  /// The interface with a number, or the network's interface for 0.
  func interface(_ number: UInt32) -> UInt32? {
    if number == 0 { return Self.networkInterface }
    return number <= Self.networkInterface ? number : nil
  }

  /// The address of an interface, in the family of another address.
  func address(of interface: UInt32, asFor other: SocketAddress) -> SocketAddress {
    let isLoopback = interface == Self.loopbackInterface
    return other.isIPv4
      ? SocketAddress(isLoopback ? IPv4Address.loopback : address, port: 0)
      : SocketAddress(isLoopback ? IPv6Address.loopback : addressV6, port: 0)
  }

  /// Whether an address belongs to a network that the machine is on, even if no machine has the address.
  func isOnLink(_ address: SocketAddress) -> Bool {
    switch address {
    case .v4(let inner, _): inner.isLoopback || inner.rawValue >> 24 == self.address.rawValue >> 24
    case .v6(let inner, _, _, _): inner.isLoopback || inner.high == addressV6.high
    }
  }

  /// Whether a connection request to an unused address waits for an answer, as on a real network.
  ///
  /// Only the shared network has unused addresses, and a machine has no route to other networks.
  func mayHaveHost(_ address: SocketAddress) -> Bool {
    isOnLink(address) && !address.isLoopback && !address.isBroadcast
  }
}

extension SocketAddress {
  /// Whether the address stands for all receivers of a datagram, instead of one receiver.
  var isForMany: Bool { isMulticast || isBroadcast }

  /// Whether this is a broadcast address: of all networks, of the shared network, or of the loopback interface.
  var isBroadcast: Bool {
    guard case .v4(let inner, _) = self else { return false }
    return inner.isBroadcast || inner == IPv4Address(10, 255, 255, 255)
      || inner == IPv4Address(127, 255, 255, 255)
  }
}
