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
    let staysHere = address.isLoopback || address.isUnspecified
    var source = self.address(of: staysHere ? Self.loopbackInterface : Self.networkInterface, asFor: address)
    source.port = port
    return source
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
    // Machines are numbered, and so are their addresses.
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
