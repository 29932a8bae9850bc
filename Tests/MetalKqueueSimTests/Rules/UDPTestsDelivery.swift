import MetalCore
import Testing

@Suite("UDP on simulated machines: who receives")
struct UDPTestsDelivery {
  @Test("A connected socket comes first, then one bound to the address, then IPv4's wildcard, then IPv6's")
  func precedence() throws(IOError) {
    let machines = UDPMachines(2)
    let (here, there) = (machines.kernels[0], machines.kernels[1])
    let wildV6 = try here.udpV6(.unspecified, 7_000)
    let wild = try here.udp(.unspecified, 7_000, [.reuseAddress(true)])
    let exact = try here.udp(here.address, 7_000, [.reuseAddress(true)])
    let connected = try here.udp(.unspecified, 7_000 + 1)
    let sender = try there.udp()
    let from = there.at(try sender.localAddress.port)
    try connected.connect(to: from)

    try sender.send([1], to: here.at(7_000))
    #expect(try exact.takeAll() == [ReceivedBytes(bytes: [1], source: from)])
    try exact.close()
    try sender.send([2], to: here.at(7_000))
    #expect(try wild.takeAll() == [ReceivedBytes(bytes: [2], source: from)])
    try wild.close()
    try sender.send([3], to: here.at(7_000))
    let mapped = SocketAddress(IPv6Address(mapping: there.address), port: from.port)
    #expect(try wildV6.takeAll() == [ReceivedBytes(bytes: [3], source: mapped)])
    try sender.send([4], to: here.at(7_001))
    #expect(try connected.takePayloads() == [[4]])
  }

  @Test("Of sockets that share an address, the one that is connected to the source receives")
  func connectedFirst() throws(IOError) {
    let machines = UDPMachines(3)
    let here = machines.kernels[0]
    let first = try here.udp(here.address, 7_000, [.reusePort(true)])
    let second = try here.udp(here.address, 7_000, [.reusePort(true)])
    let friend = try machines.kernels[1].udp(.unspecified, 8_000)
    let stranger = try machines.kernels[2].udp(.unspecified, 8_000)
    try first.connect(to: machines.kernels[1].at(8_000))
    for number: UInt8 in 1...2 {
      try friend.send([number], to: here.at(7_000))
      try stranger.send([number + 10], to: here.at(7_000))
    }
    #expect(try first.takePayloads() == [[1], [2]])
    #expect(try second.takePayloads() == [[11], [12]])
    // The same pair of addresses cannot be had twice, and who asks for it has no peer.
    expectError(.addressInUse) { () throws(IOError) in try second.connect(to: machines.kernels[1].at(8_000)) }
    expectError(.notConnected) { () throws(IOError) in try second.peerAddress }
    try second.connect(to: machines.kernels[2].at(8_000))
  }

  @Test("Of sockets that share one address the newest receives, of those at all addresses the oldest")
  func sharing() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let exact1 = try kernel.udp(.loopback, 7_000, [.reusePort(true)])
    let exact2 = try kernel.udp(.loopback, 7_000, [.reusePort(true)])
    let wild1 = try kernel.udp(.unspecified, 7_001, [.reusePort(true)])
    let wild2 = try kernel.udp(.unspecified, 7_001, [.reusePort(true)])
    let sender = try kernel.udp(.loopback)
    for port: UInt16 in 7_000...7_001 {
      try sender.send([1], to: SocketAddress(IPv4Address.loopback, port: port))
    }
    #expect(try exact1.takePayloads() == [])
    #expect(try exact2.takePayloads() == [[1]])
    #expect(try wild1.takePayloads() == [[1]])
    #expect(try wild2.takePayloads() == [])
  }

  @Test("A connected socket receives from its peer alone, by its own address alone, and may change its peer")
  func filter() throws(IOError) {
    let machines = UDPMachines(3)
    let here = machines.kernels[0]
    let socket = try here.udp()
    let port = try socket.localAddress.port
    let first = try machines.kernels[1].udp(.unspecified, 8_001)
    let second = try machines.kernels[2].udp(.unspecified, 8_001)
    // What came before there was a peer stays.
    try second.send([0], to: here.at(port))
    try socket.connect(to: machines.kernels[1].at(8_001))
    #expect(try socket.localAddress == here.at(port))
    try second.send([1], to: here.at(port))
    try first.send([2], to: here.at(port))
    #expect(try socket.takePayloads() == [[0], [2]])
    try socket.connect(to: machines.kernels[2].at(8_001))
    try first.send([3], to: here.at(port))
    try second.send([4], to: here.at(port))
    let source = machines.kernels[2].at(8_001)
    #expect(try ReceiveForm.peek(socket, atMost: 8) == ReceivedBytes(bytes: [4], source: source))
    #expect(try socket.takeAll() == [ReceivedBytes(bytes: [4], source: source)])
    #expect(try socket.peerAddress == source)
  }

  @Test("A dual-stack socket speaks with both families, one for IPv6 only leaves IPv4 to others")
  func families() throws(IOError) {
    let machines = UDPMachines(2)
    let (here, there) = (machines.kernels[0], machines.kernels[1])
    let onlyV6 = try here.udpV6(.unspecified, 7_000, [.ipv6Only(true)])
    let onlyV4 = try here.udp(.unspecified, 7_000)
    let both = try there.udpV6(.unspecified, 8_000)
    try both.send([6], to: here.atV6(7_000))
    try both.send([4], to: SocketAddress(IPv6Address(mapping: here.address), port: 7_000))
    #expect(try onlyV6.takeAll() == [ReceivedBytes(bytes: [6], source: there.atV6(8_000))])
    #expect(try onlyV4.takeAll() == [ReceivedBytes(bytes: [4], source: there.at(8_000))])
    try onlyV4.send([40], to: there.at(8_000))
    try onlyV6.send([60], to: there.atV6(8_000))
    let mapped = SocketAddress(IPv6Address(mapping: here.address), port: 7_000)
    #expect(
      try both.takeAll() == [
        ReceivedBytes(bytes: [40], source: mapped), ReceivedBytes(bytes: [60], source: here.atV6(7_000)),
      ])
    // Connected to a mapped address, it has one itself.
    try both.connect(to: mapped)
    #expect(try both.peerAddress == mapped)
    #expect(try both.localAddress == SocketAddress(IPv6Address(mapping: there.address), port: 8_000))
    try both.send([5])
    #expect(try onlyV4.takePayloads() == [[5]])
  }

  @Test("The address of all machines stands for the own one when it is sent to")
  func unspecified() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let receiver = try kernel.udp(.unspecified, 7_000)
    let socket = try kernel.unboundUDP()
    try socket.connect(to: SocketAddress(IPv4Address.unspecified, port: 7_000))
    #expect(try socket.peerAddress == SocketAddress(IPv4Address.loopback, port: 7_000))
    try socket.send([1])
    #expect(try receiver.takeAll() == [ReceivedBytes(bytes: [1], source: try socket.localAddress)])
  }

  @Test("Closing gives the port back, and what waited is gone")
  func closing() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let first = try kernel.udp(.loopback, 7_000)
    let sender = try kernel.udp(.loopback)
    try sender.send([1], to: try first.localAddress)
    expectError(.addressInUse) { () throws(IOError) in try kernel.udp(.loopback, 7_000) }
    try first.close()
    let second = try kernel.udp(.loopback, 7_000)
    second.expectNothingToReceive()
    expectError(.invalidInput) { () throws(IOError) in
      try kernel.bind(second.rawDescriptor, to: SocketAddress(IPv4Address.loopback, port: 7_001))
    }
  }
}
