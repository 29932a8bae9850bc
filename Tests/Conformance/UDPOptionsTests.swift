import MetalCore
import Testing

@Suite("UDP: options", .backend)
struct UDPOptionsTests {
  @Test("UDP-04 The time to live can be read, and is 10 after being set", arguments: [anyPort, anyPortV6])
  func timeToLive(address: SocketAddress) throws {
    let socket = try UDPSocket(bindingTo: address)
    let initial = try socket.timeToLive
    #expect((1...255).contains(initial))
    for hops in [10, 1, 255] {
      try socket.setTimeToLive(hops)
      #expect(try socket.timeToLive == hops)
    }
  }

  @Test(
    "UDP-04 A time to live of 0, or more than 255, is refused and changes nothing",
    arguments: [anyPort, anyPortV6], [0, 256, -1, .min, .max, 1 << 32 + 64])
  func invalidTimeToLive(address: SocketAddress, hops: Int) throws {
    let socket = try UDPSocket(bindingTo: address)
    try socket.setTimeToLive(10)
    expectError(.invalidInput) { () throws(IOError) in try socket.setTimeToLive(hops) }
    #expect(try socket.timeToLive == 10)
  }

  @Test("UDP-05 Broadcast is off at first, and reads back as it was set")
  func broadcast() throws {
    let socket = try UDPSocket(bindingTo: anyPort)
    #expect(try socket.isBroadcast == false)
    for isBroadcast in [true, false, true] {
      try socket.setBroadcast(isBroadcast)
      #expect(try socket.isBroadcast == isBroadcast)
    }
  }

  @Test(
    "UDP-05 Sending to a broadcast address while broadcast is off is not permitted", arguments: [false, true])
  func broadcastDenied(wasOn: Bool) throws {
    let socket = try UDPSocket(bindingTo: anyPort)
    if wasOn {
      try socket.setBroadcast(true)
      try socket.setBroadcast(false)
    }
    let everyone = SocketAddress(IPv4Address(127, 255, 255, 255), port: try socket.localAddress.port)
    for form in SendForm.toAddress {
      expectError(.permissionDenied) { () throws(IOError) in try form(socket, [1], to: everyone) }
    }
    #expect(try socket.takePendingError() == nil)
    socket.expectNothingToReceive()
  }

  @Test("UDP-06 The multicast loop for IPv4 is on at first, and reads back as it was set")
  func multicastLoopV4() throws {
    let socket = try UDPSocket(bindingTo: anyPort)
    #expect(try socket.isMulticastLoopV4)
    for isLoop in [false, true, false] {
      try socket.setMulticastLoopV4(isLoop)
      #expect(try socket.isMulticastLoopV4 == isLoop)
    }
  }

  @Test("UDP-07 The multicast time to live for IPv4 is 1 at first, and 10 after being set")
  func multicastTimeToLiveV4() throws {
    let socket = try UDPSocket(bindingTo: anyPort)
    #expect(try socket.multicastTimeToLiveV4 == 1)
    for hops in [10, 0, 1, 255] {
      try socket.setMulticastTimeToLiveV4(hops)
      #expect(try socket.multicastTimeToLiveV4 == hops)
    }
    for hops in [-1, 256, .min, .max] {
      expectError(.invalidInput) { () throws(IOError) in try socket.setMulticastTimeToLiveV4(hops) }
      #expect(try socket.multicastTimeToLiveV4 == 255)
    }
    // That of other packets is another.
    try socket.setTimeToLive(20)
    #expect(try socket.multicastTimeToLiveV4 == 255)
  }

  @Test("UDP-08 The multicast loop for IPv6 is on at first, and reads back as it was set")
  func multicastLoopV6() throws {
    let socket = try UDPSocket(bindingTo: anyPortV6)
    #expect(try socket.isMulticastLoopV6)
    for isLoop in [false, true, false] {
      try socket.setMulticastLoopV6(isLoop)
      #expect(try socket.isMulticastLoopV6 == isLoop)
    }
  }

  @Test("The hops for IPv6 multicast are 1 at first, and read back as they were set")
  func multicastHopsV6() throws {
    let socket = try UDPSocket(bindingTo: anyPortV6)
    #expect(try socket.multicastHopsV6 == 1)
    for hops in [10, 0, 1, 255] {
      try socket.setMulticastHopsV6(hops)
      #expect(try socket.multicastHopsV6 == hops)
    }
    for hops in [-1, 256, .min, .max] {
      expectError(.invalidInput) { () throws(IOError) in try socket.setMulticastHopsV6(hops) }
      #expect(try socket.multicastHopsV6 == 255)
    }
  }

  @Test("The interface for multicast is the system's choice at first, and reads back as it was set")
  func multicastInterfaces() throws {
    let socket = try UDPSocket(bindingTo: anyPort)
    #expect(try socket.multicastInterfaceV4 == .any)
    try socket.setMulticastInterfaceV4(.loopback)
    #expect(try socket.multicastInterfaceV4 == .loopback)
    expectError(.addressNotAvailable) { () throws(IOError) in
      try socket.setMulticastInterfaceV4(IPv4Address(203, 0, 113, 1))
    }
    #expect(try socket.multicastInterfaceV4 == .loopback)
    try socket.setMulticastInterfaceV4(.any)
    #expect(try socket.multicastInterfaceV4 == .any)

    let socketV6 = try UDPSocket(bindingTo: anyPortV6)
    #expect(try socketV6.multicastInterfaceV6 == 0)
    try socketV6.setMulticastInterfaceV6(Backend.loopbackInterface)
    #expect(try socketV6.multicastInterfaceV6 == Backend.loopbackInterface)
    #expect(throws: IOError.self) { try socketV6.setMulticastInterfaceV6(0x7FFF_FFFF) }
    #expect(throws: IOError.self) { try socketV6.setMulticastInterfaceV6(.max) }
    #expect(try socketV6.multicastInterfaceV6 == Backend.loopbackInterface)
    try socketV6.setMulticastInterfaceV6(0)
    #expect(try socketV6.multicastInterfaceV6 == 0)
  }

  @Test("UDP-18 An IPv6 socket says whether it serves IPv6 only; an IPv4 socket throws")
  func onlyV6() throws {
    // Bound to no address in particular: one of IPv6 alone is, on Linux, for IPv6 only whatever was set.
    let everywhere = SocketAddress(IPv6Address.any, port: 0)
    let byDefault = try UDPSocket(bindingTo: everywhere).isOnlyV6
    // The system's setting is the same for every socket.
    #expect(try UDPSocket(bindingTo: everywhere).isOnlyV6 == byDefault)
    for isOnlyV6 in [true, false] {
      var options = SocketOptions()
      options.onlyV6 = isOnlyV6
      let socket = try UDPSocket(bindingTo: everywhere, options: options)
      #expect(try socket.isOnlyV6 == isOnlyV6)
    }
    let socket = try UDPSocket(bindingTo: anyPort)
    expectError(.unsupported) { () throws(IOError) in try socket.isOnlyV6 }
  }

  @Test("UDP-21 The time to live of an IPv6 socket that carries IPv4, too, reads back as it was set")
  func timeToLiveOfBoth() throws {
    var options = SocketOptions()
    options.onlyV6 = false
    let socket = try UDPSocket(bindingTo: SocketAddress(IPv6Address.any, port: 0), options: options)
    for hops in [9, 1, 255] {
      try socket.setTimeToLive(hops)
      #expect(try socket.timeToLive == hops)
    }
    expectError(.invalidInput) { () throws(IOError) in try socket.setTimeToLive(0) }
    #expect(try socket.timeToLive == 255)
  }

  @Test("An IPv6 socket that is not for IPv6 only carries IPv4 in mapped addresses")
  func mappedAddresses() throws {
    var options = SocketOptions()
    options.onlyV6 = false
    let socket = try UDPSocket(bindingTo: SocketAddress(IPv6Address.any, port: 0), options: options)
    let here = SocketAddress(IPv4Address.loopback, port: try socket.localAddress.port)
    let sender = try UDPSocket(bindingTo: anyPort)
    let mapped = SocketAddress(IPv6Address(mapping: .loopback), port: try sender.localAddress.port)
    try sender.send([4].span, to: here)
    #expect(try socket.receiveWhenReady() == ReceivedBytes(bytes: [4], source: mapped))
    try socket.send([5].span, to: mapped)
    #expect(try sender.receiveWhenReady() == ReceivedBytes(bytes: [5], source: here))
    // It has the port for both.
    expectError(.addressInUse) { () throws(IOError) in try UDPSocket(bindingTo: here) }
  }

  @Test("An IPv6 socket that is for IPv6 only leaves the port to IPv4")
  func separatePorts() throws {
    // The port of an IPv4 socket is free for IPv6, save by a coincidence.
    for _ in 0..<20 {
      let socket = try UDPSocket(bindingTo: SocketAddress(IPv4Address.any, port: 0))
      let port = try socket.localAddress.port
      guard let socketV6 = try socketForIPv6Only(port: port) else { continue }
      try expectSeparate(socket, socketV6, port: port)
      return
    }
    Issue.record("no port was free for both")
  }

  /// Binds a socket to all IPv6 addresses, or returns `nil` if the port is taken.
  private func socketForIPv6Only(port: UInt16) throws(IOError) -> UDPSocket? {
    var options = SocketOptions()
    options.onlyV6 = true
    do throws(IOError) {
      return try UDPSocket(bindingTo: SocketAddress(IPv6Address.any, port: port), options: options)
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
    try sender.send([4].span, to: SocketAddress(IPv4Address.loopback, port: port))
    try senderV6.send([6].span, to: SocketAddress(IPv6Address.loopback, port: port))
    let (datagram, datagramV6) = try (socket.receiveWhenReady(), socketV6.receiveWhenReady())
    #expect(datagram == ReceivedBytes(bytes: [4], source: from))
    #expect(datagramV6 == ReceivedBytes(bytes: [6], source: fromV6))
    socket.expectNothingToReceive()
    socketV6.expectNothingToReceive()
  }
}
