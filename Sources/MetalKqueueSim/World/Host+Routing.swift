internal import MetalCore

// The addresses of a machine, and the machine of an address.

extension Host {
  /// Whether an address belongs to the machine, or is the unspecified address.
  func has(_ address: SocketAddress) -> Bool {
    switch address {
    case .v4(let inner, _): inner == .unspecified || inner == .loopback || inner == self.address
    case .v6(let inner, _, _, _): inner == .unspecified || inner == .loopback || inner == addressV6
    }
  }

  /// The source address of packets to an address.
  func source(towards address: SocketAddress, port: UInt16) -> SocketAddress {
    let staysHere = address.isLoopback || address.isUnspecified
    var source = self.address(of: staysHere ? Self.loopbackInterface : Self.networkInterface, asFor: address)
    source.port = port
    return source
  }

  /// The address to send to, which is a local address if the given address is unspecified.
  func destination(_ address: SocketAddress) -> SocketAddress {
    guard address.isUnspecified else { return address }
    return source(towards: address, port: address.port)
  }
}

extension World {
  /// The kernel that has a unicast address, as seen from another kernel.
  func kernel(with address: SocketAddress, from source: KernelState) -> KernelState? {
    // The addresses of machines are in the order of the machines' numbers.
    let number: UInt64
    switch address {
    case .v4(let inner, _):
      if inner.isLoopback { return inner == .loopback ? source : nil }
      number = UInt64(inner.rawValue) &- UInt64(Host.firstAddress)
    case .v6(let inner, _, _, _):
      if inner.isLoopback { return source }
      number = inner.high == Host.networkV6 ? inner.low &- 1 : .max
    }
    return number < UInt64(kernels.count) ? kernels[Int(number)] : nil
  }
}
