import MetalCore
import Testing

@Suite("UDP: multicast", .backend)
struct UDPMulticastTests {
  @Test(
    "UDP-09 A socket joins two groups, receives what is sent to it alone, and leaves each group once",
    arguments: [.loopback, .unspecified] as [IPv4Address])
  func joins(interface: IPv4Address) throws(IOError) {
    let socket = try UDPSocket(bindingTo: anyPort)
    let groups = [IPv4Address(227, 1, 1, 100), IPv4Address(227, 1, 1, 101)].map {
      MulticastGroup.v4($0, interface: interface)
    }
    for group in groups { try socket.join(group) }
    let sender = try UDPSocket(bindingTo: anyPort)
    #expect(try sender.send([1, 2].span, to: try socket.localAddress) == 2)
    let expected = ReceivedBytes(bytes: [1, 2], source: try sender.localAddress)
    #expect(try socket.receiveWhenReady() == expected)
    expectError(.addressInUse) { () throws(IOError) in try socket.join(groups[0]) }
    for group in groups { try socket.leave(group) }
    for group in groups {
      expectNotJoined { () throws(IOError) in try socket.leave(group) }
    }
    // What was left may be joined again.
    try socket.join(groups[0])
    #expect(try socket.takePendingError() == nil)
  }

  @Test("UDP-09 Joining or leaving what is no multicast group is invalid")
  func refusesOthers() throws(IOError) {
    let socket = try UDPSocket(bindingTo: anyPort)
    let socketV6 = try UDPSocket(bindingTo: anyPortV6)
    let others: [MulticastGroup] = [
      .v4(IPv4Address(10, 0, 0, 1), interface: .loopback),
      .v4(IPv4Address(10, 0, 0, 1), interface: .unspecified),
      .v4(.broadcast, interface: .loopback), .v4(IPv4Address(223, 255, 255, 255), interface: .loopback),
      .v4(IPv4Address(240, 0, 0, 0), interface: .loopback),
      .v6(.loopback, interface: Backend.loopbackInterface), .v6(.unspecified, interface: 0),
    ]
    for other in others {
      #expect(!other.isMulticast)
      for isV6 in [false, true] {
        expectError(.invalidInput) { () throws(IOError) in isV6 ? try socketV6.join(other) : try socket.join(other) }
        expectError(.invalidInput) { () throws(IOError) in isV6 ? try socketV6.leave(other) : try socket.leave(other) }
      }
    }
  }

  @Test("A group cannot be joined on an interface that is not there")
  func needsInterface() throws(IOError) {
    let group = MulticastGroup.v4(IPv4Address(227, 1, 1, 100), interface: IPv4Address(203, 0, 113, 1))
    let socket = try UDPSocket(bindingTo: anyPort)
    expectAnyError { () throws(IOError) in try socket.join(group) }
    let groupV6 = MulticastGroup.v6(IPv6Address("ff01::114")!, interface: 0x7FFF_FFFF)
    let socketV6 = try UDPSocket(bindingTo: anyPortV6)
    expectAnyError { () throws(IOError) in try socketV6.join(groupV6) }
    // An IPv4 socket has no IPv6 groups.
    let here = MulticastGroup.v6(IPv6Address("ff01::114")!, interface: Backend.loopbackInterface)
    expectError(.unsupported) { () throws(IOError) in try socket.join(here) }
  }

  @Test("UDP-25 A member receives what is sent to its IPv4 group, by its own sender, until it leaves")
  func receivesV4() throws(IOError) {
    var receiver = try UDPSocket(bindingTo: SocketAddress(IPv4Address.unspecified, port: 0))
    let port = try receiver.localAddress.port
    // A group of the port's own, which nobody else on this machine joins.
    let address = IPv4Address(227, 2, UInt8(port >> 8), UInt8(truncatingIfNeeded: port))
    let group = MulticastGroup.v4(address, interface: .loopback)
    let sender = try UDPSocket(bindingTo: anyPort)
    try sender.setOption(.multicastInterfaceV4, to: .loopback)
    try sender.setOption(.multicastHopLimitV4, to: 0)
    var loop = try Loop(watching: &receiver, token: 1, interests: .readable)

    try receiver.join(group)
    for form in SendForm.address {
      #expect(try form(sender, [7, 7], to: SocketAddress(address, port: port)) == 2)
      try loop.expect(1, .readable)
      let expected = ReceivedBytes(bytes: [7, 7], source: try sender.localAddress)
      #expect(try receiver.receiveNow() == expected)
      receiver.expectNothingToReceive()
    }
    try receiver.leave(group)
    #expect(try sender.send([8].span, to: SocketAddress(address, port: port)) == 1)
    try loop.expectQuiet()
    receiver.expectNothingToReceive()
  }

  @Test("A socket joins an IPv6 group on the loopback interface, and leaves it once")
  func joinsV6() throws(IOError) {
    let socket = try UDPSocket(bindingTo: anyPortV6)
    let groups = ["ff01::100", "ff01::101"].map {
      MulticastGroup.v6(IPv6Address($0)!, interface: Backend.loopbackInterface)
    }
    for group in groups { try socket.join(group) }
    expectError(.addressInUse) { () throws(IOError) in try socket.join(groups[0]) }
    let sender = try UDPSocket(bindingTo: anyPortV6)
    #expect(try sender.send([1, 2].span, to: try socket.localAddress) == 2)
    let expected = ReceivedBytes(bytes: [1, 2], source: try sender.localAddress)
    #expect(try socket.receiveWhenReady() == expected)
    for group in groups { try socket.leave(group) }
    for group in groups {
      expectNotJoined { () throws(IOError) in try socket.leave(group) }
    }
  }

  @Test("UDP-25 A member receives what is sent to its IPv6 group; without a route the sender is told")
  func receivesV6() throws(IOError) {
    let receiver = try UDPSocket(bindingTo: SocketAddress(IPv6Address.unspecified, port: 0))
    let port = try receiver.localAddress.port
    let address = IPv6Address(high: 0xFF01_0000_0000_0000, low: 0x2_0000 | UInt64(port))
    try receiver.join(.v6(address, interface: Backend.loopbackInterface))
    let sender = try UDPSocket(bindingTo: anyPortV6)
    try sender.setOption(.multicastInterfaceV6, to: Backend.loopbackInterface)
    try sender.setOption(.multicastHopLimitV6, to: 0)
    let destination = SocketAddress(address, port: port)
    guard Backend.routesMulticastV6 else {
      for form in SendForm.address {
        expectError(.networkUnreachable) { () throws(IOError) in try form(sender, [7], to: destination) }
      }
      receiver.expectNothingToReceive()
      return
    }
    for form in SendForm.address {
      #expect(try form(sender, [7], to: destination) == 1)
      #expect(try receiver.receiveWhenReady().bytes == [7])
    }
    try receiver.leave(.v6(address, interface: Backend.loopbackInterface))
    #expect(try sender.send([8].span, to: destination) == 1)
    try pause(.milliseconds(50))
    receiver.expectNothingToReceive()
  }
}

/// Expects that leaving a group that the socket has not joined throws.
private func expectNotJoined(_ leave: () throws(IOError) -> Void) {
  // Wine 8 returns the error number of an invalid argument.
  if Backend.isWine { return expectAnyError(leave) }
  expectError(.addressNotAvailable, leave)
}
