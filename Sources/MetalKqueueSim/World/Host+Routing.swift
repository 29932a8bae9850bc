internal import MetalCore

// The addresses of a machine, and the machine of an address.

extension Host {
  /// Whether an address is one of the machine's, or stands for all of them.
  func has(_ address: SocketAddress) -> Bool {
    switch address {
    case .v4(let inner, _): inner == .unspecified || inner == .loopback || inner == self.address
    case .v6(let inner, _, _, _): inner == .unspecified || inner == .loopback || inner == addressV6
    }
  }

  /// The source of packets to an address.
  func source(towards address: SocketAddress, port: UInt16) -> SocketAddress {
    switch address {
    case .v4(let inner, _):
      SocketAddress(
        inner.isLoopback || inner == .unspecified ? IPv4Address.loopback : self.address, port: port)
    case .v6(let inner, _, _, _):
      SocketAddress(inner.isLoopback || inner == .unspecified ? IPv6Address.loopback : addressV6, port: port)
    }
  }

  /// An address to send to, where one that stands for all of the machine's is its loopback.
  func destination(_ address: SocketAddress) -> SocketAddress {
    guard address.isUnspecified else { return address }
    return source(towards: address, port: address.port)
  }
}

extension World {
  /// The kernel that has a unicast address, as seen from another; `nil` if there is no way.
  func kernel(with address: SocketAddress, from source: KernelState) -> KernelState? {
    switch address {
    case .v4(let inner, _): inner.isLoopback ? (inner == .loopback ? source : nil) : kernel(with: inner)
    case .v6(let inner, _, _, _): inner.isLoopback ? source : kernel(with: inner)
    }
  }
}
