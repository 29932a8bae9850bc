import MetalCore
import Testing

@Suite("UDP on simulated machines: broadcast")
struct UDPTestsBroadcast {
  static let all = IPv4Address.broadcast
  static let network = IPv4Address(10, 255, 255, 255)
  static let loopback = IPv4Address(127, 255, 255, 255)

  @Test(
    "Broadcast is denied until it is switched on, also to who is connected",
    arguments: [Self.all, Self.network, Self.loopback])
  func denied(host: IPv4Address) throws(IOError) {
    let machines = UDPMachines(2)
    let receiver = try machines.kernels[0].udp(.unspecified, 7_000)
    let socket = try machines.kernels[0].udp()
    let socketV6 = try machines.kernels[0].udpV6()
    let to = SocketAddress(host, port: 7_000)
    let mapped = SocketAddress(IPv6Address(mapping: host), port: 7_000)
    for form in SendForm.address {
      expectError(.permissionDenied) { () throws(IOError) in try form(socket, [1], to: to) }
      expectError(.permissionDenied) { () throws(IOError) in try form(socketV6, [1], to: mapped) }
    }
    try socket.connect(to: to)
    expectError(.permissionDenied) { () throws(IOError) in try socket.send([1]) }
    #expect(try receiver.takePayloads() == [])
    try socket.setOption(.broadcast, to: true)
    try socket.send([2])
    try socket.setOption(.broadcast, to: false)
    expectError(.permissionDenied) { () throws(IOError) in try socket.send([3]) }
    #expect(try receiver.takePayloads() == [[2]])
    // Nobody at the port: nobody is told.
    try socket.setOption(.broadcast, to: true)
    try socket.connect(to: SocketAddress(host, port: 9))
    try socket.send([4])
    #expect(try socket.takePendingError() == nil)
  }

  @Test("The network's broadcast reaches all machines, each in its time", arguments: [Self.all, Self.network])
  func everywhere(host: IPv4Address) throws(IOError) {
    let machines = UDPMachines(3, latency: .milliseconds(2))
    let atFirst = try machines.kernels[0].udp(.unspecified, 7_000)
    let atSecond = try machines.kernels[1].udpV6(.unspecified, 7_000)
    let atThird = try machines.kernels[2].udp(.unspecified, 7_000)
    let exact = try machines.kernels[1].udp(machines.kernels[1].address, 7_001)
    let sender = try machines.kernels[0].udp()
    try sender.setOption(.broadcast, to: true)
    for port: UInt16 in 7_000...7_001 { try sender.send([7], to: SocketAddress(host, port: port)) }
    let from = machines.kernels[0].at(try sender.localAddress.port)
    let expected = [ReceivedBytes(bytes: [7], source: from)]
    #expect(try atFirst.takeAll() == expected)
    #expect(try atThird.takeAll() == [])
    machines.simulation.advance(by: .milliseconds(2))
    #expect(try atSecond.takePayloads() == [[7]])
    #expect(try atThird.takeAll() == expected)
    // Who is bound to one address has not asked for those of all.
    #expect(try exact.takeAll() == [])
  }

  @Test("The loopback's broadcast stays on its machine")
  func staysHere() throws(IOError) {
    let machines = UDPMachines(2)
    let here = try machines.kernels[0].udp(.unspecified, 7_000)
    let there = try machines.kernels[1].udp(.unspecified, 7_000)
    let sender = try machines.kernels[0].udp(.loopback)
    try sender.setOption(.broadcast, to: true)
    try sender.send([7], to: SocketAddress(Self.loopback, port: 7_000))
    #expect(try here.takeAll() == [ReceivedBytes(bytes: [7], source: try sender.localAddress)])
    #expect(try there.takeAll() == [])
    // What is bound to the loopback has no way to the network's.
    for host in [Self.all, Self.network] {
      let to = SocketAddress(host, port: 7_000)
      expectError(.addressNotAvailable) { () throws(IOError) in try sender.send([7], to: to) }
    }
  }

  @Test("Sockets that share the port each receive one; those at the broadcast address only that")
  func copies() throws(IOError) {
    let machines = UDPMachines(2)
    let (here, there) = (machines.kernels[0], machines.kernels[1])
    let first = try here.udp(.unspecified, 7_000, [.reusePort(true)])
    let second = try here.udp(.unspecified, 7_000, [.reusePort(true)])
    let bound = try here.udp(Self.network, 7_000, [.reusePort(true)])
    let sender = try there.udp()
    try sender.setOption(.broadcast, to: true)
    try sender.send([1], to: SocketAddress(Self.network, port: 7_000))
    try sender.send([2], to: SocketAddress(Self.all, port: 7_000))
    try sender.send([3], to: here.at(7_000))
    #expect(try first.takePayloads() == [[1], [2], [3]])
    #expect(try second.takePayloads() == [[1], [2]])
    #expect(try bound.takePayloads() == [[1]])
    // It sends from an address that can be answered to.
    let other = try there.udp(.unspecified, 8_000)
    try bound.send([4], to: there.at(8_000))
    #expect(try other.takeAll() == [ReceivedBytes(bytes: [4], source: here.at(7_000))])
  }

  @Test("A connected socket receives its peer's broadcasts only if it was bound to their address")
  func filter() throws(IOError) {
    let machines = UDPMachines(2)
    let (here, there) = (machines.kernels[0], machines.kernels[1])
    let wild = try here.udp(.unspecified, 7_000, [.reusePort(true)])
    let bound = try here.udp(Self.network, 7_000, [.reusePort(true)])
    let sender = try there.udp(.unspecified, 8_000)
    let stranger = try there.udp(.unspecified, 8_001)
    try wild.connect(to: there.at(8_000))
    try bound.connect(to: there.at(8_000))
    for socket in [8_000, 8_001] as [UInt16] {
      let to = SocketAddress(Self.network, port: 7_000)
      if socket == 8_000 {
        try sender.setOption(.broadcast, to: true)
        try sender.send([1], to: to)
      } else {
        try stranger.setOption(.broadcast, to: true)
        try stranger.send([2], to: to)
      }
    }
    // Connecting has fixed its own address, which is not everybody's.
    #expect(try wild.takePayloads() == [])
    #expect(try bound.takePayloads() == [[1]])
  }
}
