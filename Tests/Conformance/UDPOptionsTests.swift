import MetalCore
import Testing

@Suite("UDP: options", .backend)
struct UDPOptionsTests {
  @Test("UDP-04 The hop limit can be read, and is 10 after being set", arguments: [anyPort, anyPortV6])
  func hopLimit(address: SocketAddress) throws(IOError) {
    let socket = try UDPSocket(bindingTo: address)
    let initial = try socket.option(.hopLimit)
    #expect((1...255).contains(initial))
    for hops in [10, 1, 255] {
      try socket.setOption(.hopLimit, to: hops)
      #expect(try socket.option(.hopLimit) == hops)
    }
  }

  @Test(
    "UDP-04 A hop limit of 0, or more than 255, is refused and changes nothing",
    arguments: [anyPort, anyPortV6], [0, 256, -1, .min, .max] + wide([1 << 32 + 64]))
  func invalidHopLimit(address: SocketAddress, hops: Int) throws(IOError) {
    let socket = try UDPSocket(bindingTo: address)
    try socket.setOption(.hopLimit, to: 10)
    expectError(.invalidInput) { () throws(IOError) in try socket.setOption(.hopLimit, to: hops) }
    #expect(try socket.option(.hopLimit) == 10)
  }

  @Test("UDP-05 Broadcast is off at first, and reads back as it was set")
  func broadcast() throws(IOError) {
    let socket = try UDPSocket(bindingTo: anyPort)
    #expect(try socket.option(.broadcast) == false)
    for isBroadcast in [true, false, true] {
      try socket.setOption(.broadcast, to: isBroadcast)
      #expect(try socket.option(.broadcast) == isBroadcast)
    }
  }

  @Test("UDP-05 Sending to a broadcast address while broadcast is off is not permitted", arguments: [false, true])
  func broadcastDenied(wasOn: Bool) throws(IOError) {
    let socket = try UDPSocket(bindingTo: anyPort)
    if wasOn {
      try socket.setOption(.broadcast, to: true)
      try socket.setOption(.broadcast, to: false)
    }
    let everyone = SocketAddress(IPv4Address(127, 255, 255, 255), port: try socket.localAddress.port)
    for form in SendForm.address {
      expectError(.permissionDenied) { () throws(IOError) in try form(socket, [1], to: everyone) }
    }
    #expect(try socket.takePendingError() == nil)
    socket.expectNothingToReceive()
  }

  @Test("UDP-06 The multicast loopback for IPv4 is on at first, and reads back as it was set")
  func multicastLoopbackV4() throws(IOError) {
    let socket = try UDPSocket(bindingTo: anyPort)
    #expect(try socket.option(.multicastLoopbackV4))
    for isOn in [false, true, false] {
      try socket.setOption(.multicastLoopbackV4, to: isOn)
      #expect(try socket.option(.multicastLoopbackV4) == isOn)
    }
  }

  @Test("UDP-07 The multicast hop limit for IPv4 is 1 at first, and 10 after being set")
  func multicastHopLimitV4() throws(IOError) {
    let socket = try UDPSocket(bindingTo: anyPort)
    #expect(try socket.option(.multicastHopLimitV4) == 1)
    for hops in [10, 0, 1, 255] {
      try socket.setOption(.multicastHopLimitV4, to: hops)
      #expect(try socket.option(.multicastHopLimitV4) == hops)
    }
    for hops in [-1, 256, .min, .max] {
      expectError(.invalidInput) { () throws(IOError) in try socket.setOption(.multicastHopLimitV4, to: hops)
      }
      #expect(try socket.option(.multicastHopLimitV4) == 255)
    }
    // That of other packets is another.
    try socket.setOption(.hopLimit, to: 20)
    #expect(try socket.option(.multicastHopLimitV4) == 255)
  }

  @Test("UDP-08 The multicast loopback for IPv6 is on at first, and reads back as it was set")
  func multicastLoopbackV6() throws(IOError) {
    let socket = try UDPSocket(bindingTo: anyPortV6)
    #expect(try socket.option(.multicastLoopbackV6))
    for isOn in [false, true, false] {
      try socket.setOption(.multicastLoopbackV6, to: isOn)
      #expect(try socket.option(.multicastLoopbackV6) == isOn)
    }
  }

  @Test("The hop limit for IPv6 multicast is 1 at first, and reads back as it was set")
  func multicastHopLimitV6() throws(IOError) {
    let socket = try UDPSocket(bindingTo: anyPortV6)
    #expect(try socket.option(.multicastHopLimitV6) == 1)
    for hops in [10, 0, 1, 255] {
      try socket.setOption(.multicastHopLimitV6, to: hops)
      #expect(try socket.option(.multicastHopLimitV6) == hops)
    }
    for hops in [-1, 256, .min, .max] {
      expectError(.invalidInput) { () throws(IOError) in try socket.setOption(.multicastHopLimitV6, to: hops)
      }
      #expect(try socket.option(.multicastHopLimitV6) == 255)
    }
  }

  @Test("UDP-25 The interface for multicast is the system's choice at first, and reads back as it was set")
  func multicastInterfaces() throws(IOError) {
    let socket = try UDPSocket(bindingTo: anyPort)
    #expect(try socket.option(.multicastInterfaceV4) == .unspecified)
    try socket.setOption(.multicastInterfaceV4, to: .loopback)
    #expect(try socket.option(.multicastInterfaceV4) == .loopback)
    do throws(IOError) {
      try socket.setOption(.multicastInterfaceV4, to: IPv4Address(203, 0, 113, 1))
      Issue.record("The interface does not exist.")
    } catch {
      // Wine 8 returns the error number of an invalid argument.
      #expect(error.kind == .addressNotAvailable || Backend.isWine)
    }
    #expect(try socket.option(.multicastInterfaceV4) == .loopback)
    try socket.setOption(.multicastInterfaceV4, to: .unspecified)
    #expect(try socket.option(.multicastInterfaceV4) == .unspecified)

    let socketV6 = try UDPSocket(bindingTo: anyPortV6)
    #expect(try socketV6.option(.multicastInterfaceV6) == 0)
    try socketV6.setOption(.multicastInterfaceV6, to: Backend.loopbackInterface)
    #expect(try socketV6.option(.multicastInterfaceV6) == Backend.loopbackInterface)
    expectAnyError { () throws(IOError) in try socketV6.setOption(.multicastInterfaceV6, to: 0x7FFF_FFFF) }
    expectAnyError { () throws(IOError) in try socketV6.setOption(.multicastInterfaceV6, to: .max) }
    #expect(try socketV6.option(.multicastInterfaceV6) == Backend.loopbackInterface)
    try socketV6.setOption(.multicastInterfaceV6, to: 0)
    #expect(try socketV6.option(.multicastInterfaceV6) == 0)
  }

  @Test("UDP-18 An IPv6 socket says whether it serves IPv6 only; an IPv4 socket throws")
  func ipv6Only() throws(IOError) {
    // Bound to no address in particular: one of IPv6 alone is, on Linux, for IPv6 only whatever was set.
    let everywhere = SocketAddress(IPv6Address.unspecified, port: 0)
    let byDefault = try UDPSocket(bindingTo: everywhere).option(.ipv6Only)
    // The system's setting is the same for every socket.
    #expect(try UDPSocket(bindingTo: everywhere).option(.ipv6Only) == byDefault)
    for isOn in [true, false] {
      let socket = try UDPSocket(bindingTo: everywhere, options: [.ipv6Only(isOn)])
      #expect(try socket.option(.ipv6Only) == isOn)
    }
    let socket = try UDPSocket(bindingTo: anyPort)
    expectError(.unsupported) { () throws(IOError) in try socket.option(.ipv6Only) }
  }

  @Test("UDP-21 The hop limit of an IPv6 socket that carries IPv4, too, reads back as it was set")
  func hopLimitOfBoth() throws(IOError) {
    let everywhere = SocketAddress(IPv6Address.unspecified, port: 0)
    let socket = try UDPSocket(bindingTo: everywhere, options: [.ipv6Only(false)])
    for hops in [9, 1, 255] {
      try socket.setOption(.hopLimit, to: hops)
      #expect(try socket.option(.hopLimit) == hops)
    }
    expectError(.invalidInput) { () throws(IOError) in try socket.setOption(.hopLimit, to: 0) }
    #expect(try socket.option(.hopLimit) == 255)
  }

  @Test("An IPv6 socket that is not for IPv6 only carries IPv4 in mapped addresses")
  func mappedAddresses() throws(IOError) {
    let everywhere = SocketAddress(IPv6Address.unspecified, port: 0)
    let socket = try UDPSocket(bindingTo: everywhere, options: [.ipv6Only(false)])
    let here = SocketAddress(IPv4Address.loopback, port: try socket.localAddress.port)
    let sender = try UDPSocket(bindingTo: anyPort)
    let mapped = SocketAddress(IPv6Address(mapping: .loopback), port: try sender.localAddress.port)
    #expect(try sender.send([4].span, to: here) == 1)
    #expect(try socket.receiveWhenReady() == ReceivedBytes(bytes: [4], source: mapped))
    #expect(try socket.send([5].span, to: mapped) == 1)
    #expect(try sender.receiveWhenReady() == ReceivedBytes(bytes: [5], source: here))
    // It has the port for both.
    expectError(.addressInUse) { () throws(IOError) in try UDPSocket(bindingTo: here) }
  }

  @Test("An IPv6 socket that is for IPv6 only leaves the port to IPv4")
  func separatePorts() throws(IOError) {
    // The port of an IPv4 socket is free for IPv6, save by a coincidence.
    for _ in 0..<20 {
      let socket = try UDPSocket(bindingTo: SocketAddress(IPv4Address.unspecified, port: 0))
      let port = try socket.localAddress.port
      guard let socketV6 = try socketForIPv6Only(port: port) else { continue }
      try expectSeparate(socket, socketV6, port: port)
      return
    }
    Issue.record("no port was free for both")
  }

  /// Binds a socket to all IPv6 addresses, or returns `nil` if the port is taken.
  private func socketForIPv6Only(port: UInt16) throws(IOError) -> UDPSocket? {
    let everywhere = SocketAddress(IPv6Address.unspecified, port: port)
    do throws(IOError) {
      return try UDPSocket(bindingTo: everywhere, options: [.ipv6Only(true)])
    } catch .addressInUse {
      return nil
    }
  }

  private func expectSeparate(
    _ socket: borrowing UDPSocket, _ socketV6: borrowing UDPSocket, port: UInt16
  ) throws(IOError) {
    let sender = try UDPSocket(bindingTo: anyPort)
    let senderV6 = try UDPSocket(bindingTo: anyPortV6)
    let (from, fromV6) = try (sender.localAddress, senderV6.localAddress)
    #expect(try sender.send([4].span, to: SocketAddress(IPv4Address.loopback, port: port)) == 1)
    #expect(try senderV6.send([6].span, to: SocketAddress(IPv6Address.loopback, port: port)) == 1)
    let (datagram, datagramV6) = try (socket.receiveWhenReady(), socketV6.receiveWhenReady())
    #expect(datagram == ReceivedBytes(bytes: [4], source: from))
    #expect(datagramV6 == ReceivedBytes(bytes: [6], source: fromV6))
    socket.expectNothingToReceive()
    socketV6.expectNothingToReceive()
  }
}
