import MetalCore
import Testing

@Suite("UDP on simulated machines: multicast")
struct UDPTestsMulticast {
  static let group = IPv4Address(239, 1, 2, 3)
  static let groupV6 = IPv6Address("ff05::123")!

  /// A socket at a port of all addresses that has joined the group.
  private func member(
    _ kernel: SimulatedKernel, isV6: Bool = false, _ interface: IPv4Address = .unspecified, number: UInt32 = 0
  ) throws(IOError) -> UDPSocket {
    if isV6 {
      let socket = try kernel.udpV6(.unspecified, 7_000, [.reusePort(true)])
      try socket.join(.v6(Self.groupV6, interface: number))
      return socket
    }
    let socket = try kernel.udp(.unspecified, 7_000, [.reusePort(true)])
    try socket.join(.v4(Self.group, interface: interface))
    return socket
  }

  private func groupAddress(isV6: Bool) -> SocketAddress {
    isV6 ? SocketAddress(Self.groupV6, port: 7_000) : SocketAddress(Self.group, port: 7_000)
  }

  @Test("All members on all machines receive a copy, and nobody else", arguments: [false, true])
  func everywhere(isV6: Bool) throws(IOError) {
    let machines = UDPMachines(3, latency: .milliseconds(4))
    let (a, b, c) = (machines.kernels[0], machines.kernels[1], machines.kernels[2])
    let first = try member(a, isV6: isV6)
    let second = try member(a, isV6: isV6)
    let bystander =
      try isV6 ? a.udpV6(.unspecified, 7_000, [.reusePort(true)]) : a.udp(.unspecified, 7_000, [.reusePort(true)])
    let atB = try member(b, isV6: isV6)
    let sender = try isV6 ? c.udpV6() : c.udp()
    try sender.send([1, 2], to: groupAddress(isV6: isV6))
    #expect(try atB.takeAll() == [])
    machines.simulation.advance(by: .milliseconds(4))
    let port = try sender.localAddress.port
    let expected = [ReceivedBytes(bytes: [1, 2], source: isV6 ? c.atV6(port) : c.at(port))]
    #expect(try first.takeAll() == expected)
    #expect(try second.takeAll() == expected)
    #expect(try atB.takeAll() == expected)
    #expect(try bystander.takeAll() == [])

    // Who is a member when it arrives receives it.
    try sender.send([3], to: groupAddress(isV6: isV6))
    try first.leave(isV6 ? .v6(Self.groupV6, interface: 0) : .v4(Self.group, interface: .unspecified))
    try bystander.join(isV6 ? .v6(Self.groupV6, interface: 0) : .v4(Self.group, interface: .unspecified))
    machines.simulation.advance(by: .milliseconds(4))
    #expect(try first.takeAll() == [])
    #expect(try bystander.takePayloads() == [[3]])
    #expect(try sender.takePendingError() == nil)
  }

  @Test("Members are told of what arrives for their group", arguments: KernelProfile.all)
  func readiness(profile: KernelProfile) throws(IOError) {
    let machines = UDPMachines(2, profile, latency: .milliseconds(1))
    var socket = try member(machines.kernels[0])
    var watcher = try Watcher(on: machines.kernels[0])
    try watcher.poll.registry.register(&socket, token: 1, interests: .readable)
    let sender = try machines.kernels[1].udp()
    try sender.send([1, 2, 3], to: groupAddress(isV6: false))
    #expect(try watcher.notices(nil) == [.read(1, 3 + profile.udp.addressBytesInData)])
    #expect(machines.simulation.now == .milliseconds(1))
  }

  @Test("Without the loop, members on the sender's own machine receive nothing", arguments: [false, true])
  func loop(isV6: Bool) throws(IOError) {
    let machines = UDPMachines(2)
    let here = try member(machines.kernels[0], isV6: isV6)
    let there = try member(machines.kernels[1], isV6: isV6)
    let sender = try isV6 ? machines.kernels[0].udpV6() : machines.kernels[0].udp()
    for (number, isOn) in [(1, true), (2, false), (3, true)] as [(UInt8, Bool)] {
      if isV6 {
        try sender.setOption(.multicastLoopbackV6, to: isOn)
      } else {
        try sender.setOption(.multicastLoopbackV4, to: isOn)
      }
      try sender.send([number], to: groupAddress(isV6: isV6))
    }
    #expect(try here.takePayloads() == [[1], [3]])
    #expect(try there.takePayloads() == [[1], [2], [3]])
  }

  @Test("With no hops to go, it stays on the machine", arguments: [false, true])
  func hops(isV6: Bool) throws(IOError) {
    let machines = UDPMachines(2)
    let here = try member(machines.kernels[0], isV6: isV6)
    let there = try member(machines.kernels[1], isV6: isV6)
    let sender = try isV6 ? machines.kernels[0].udpV6() : machines.kernels[0].udp()
    for number: UInt8 in 0...1 {
      if isV6 {
        try sender.setOption(.multicastHopLimitV6, to: Int(number))
      } else {
        try sender.setOption(.multicastHopLimitV4, to: Int(number))
      }
      try sender.send([number], to: groupAddress(isV6: isV6))
    }
    #expect(try here.takePayloads() == [[0], [1]])
    #expect(try there.takePayloads() == [[1]])
  }

  @Test("A group is joined on one interface, and receives what arrives by that", arguments: [false, true])
  func interfaces(isV6: Bool) throws(IOError) {
    let machines = UDPMachines(2)
    let (a, b) = (machines.kernels[0], machines.kernels[1])
    let onLoopback = try member(a, isV6: isV6, .loopback, number: 1)
    let onNetwork = try member(a, isV6: isV6, a.address, number: 2)
    let there = try member(b, isV6: isV6, .loopback, number: 1)
    let sender = try isV6 ? a.udpV6() : a.udp()
    for number: UInt8 in 0...2 {
      if isV6 {
        try sender.setOption(.multicastInterfaceV6, to: UInt32(number))
      } else {
        try sender.setOption(.multicastInterfaceV4, to: [.unspecified, .loopback, a.address][Int(number)])
      }
      try sender.send([number], to: groupAddress(isV6: isV6))
    }
    let loopback = try onLoopback.takeAll()
    let port = try sender.localAddress.port
    let source: SocketAddress =
      isV6 ? SocketAddress(IPv6Address.loopback, port: port) : SocketAddress(IPv4Address.loopback, port: port)
    #expect(loopback == [ReceivedBytes(bytes: [1], source: source)])
    #expect(try onNetwork.takePayloads() == [[0], [2]])
    #expect(try there.takeAll() == [])
  }

  @Test("An IPv6 destination may name the interface itself, and a group's scope may keep it on the machine")
  func scopes() throws(IOError) {
    let machines = UDPMachines(2)
    let (a, b) = (machines.kernels[0], machines.kernels[1])
    let onLoopback = try member(a, isV6: true, number: 1)
    let onNetwork = try member(b, isV6: true)
    let sender = try a.udpV6()
    for scopeID: UInt32 in 1...2 {
      try sender.send([UInt8(scopeID)], to: SocketAddress(Self.groupV6, port: 7_000, scopeID: scopeID))
    }
    #expect(try onLoopback.takePayloads() == [[1]])
    #expect(try onNetwork.takePayloads() == [[2]])
    expectError(.addressNotAvailable) { () throws(IOError) in
      try sender.send([3], to: SocketAddress(Self.groupV6, port: 7_000, scopeID: 3))
    }
    let narrow = IPv6Address("ff01::123")!
    let here = try a.udpV6(.unspecified, 7_001)
    let there = try b.udpV6(.unspecified, 7_001)
    try here.join(.v6(narrow, interface: 0))
    try there.join(.v6(narrow, interface: 0))
    try sender.send([4], to: SocketAddress(narrow, port: 7_001))
    #expect(try here.takePayloads() == [[4]])
    #expect(try there.takePayloads() == [])
  }

  @Test("A group is joined once on each interface, and left as it was joined")
  func memberships() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let socket = try kernel.udp()
    func group(_ interface: IPv4Address) -> MulticastGroup { .v4(Self.group, interface: interface) }
    try socket.join(group(.unspecified))
    for interface in [IPv4Address.unspecified, kernel.address] {
      expectError(.addressInUse) { () throws(IOError) in try socket.join(group(interface)) }
    }
    try socket.join(group(.loopback))
    // Without an interface the membership that was first is meant.
    try socket.leave(group(.unspecified))
    expectError(.addressNotAvailable) { () throws(IOError) in try socket.leave(group(kernel.address)) }
    try socket.leave(group(.unspecified))
    for interface in [IPv4Address.unspecified, .loopback, kernel.address, IPv4Address(203, 0, 113, 1)] {
      expectError(.addressNotAvailable) { () throws(IOError) in try socket.leave(group(interface)) }
    }
    let socketV6 = try kernel.udpV6()
    try socketV6.join(.v6(Self.groupV6, interface: 2))
    expectError(.addressInUse) { () throws(IOError) in try socketV6.join(.v6(Self.groupV6, interface: 0)) }
    try socketV6.leave(.v6(Self.groupV6, interface: 0))
    expectError(.addressNotAvailable) { () throws(IOError) in try socketV6.join(.v6(Self.groupV6, interface: 3)) }
  }

  @Test("What is no group, or none of the socket's family, cannot be joined")
  func refusals() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let socket = try kernel.udp()
    let socketV6 = try kernel.udpV6()
    let stream = try kernel.openSocket(.ipv4, .stream)
    let v4 = MulticastGroup.v4(Self.group, interface: .unspecified)
    let v6 = MulticastGroup.v6(Self.groupV6, interface: 0)
    for isMember in [true, false] {
      for (descriptor, group) in [(socket.rawDescriptor, v6), (socketV6.rawDescriptor, v4), (stream, v4)] {
        expectError(.unsupported) { () throws(IOError) in try kernel.setMembership(isMember, of: descriptor, in: group)
        }
      }
      expectError(.invalidInput) { () throws(IOError) in
        try kernel.setMembership(
          isMember, of: socket.rawDescriptor, in: .v4(IPv4Address(10, 0, 0, 1), interface: .unspecified))
      }
      expectError(.badDescriptor) { () throws(IOError) in try kernel.setMembership(isMember, of: 99, in: v4) }
    }
    expectError(.addressNotAvailable) { () throws(IOError) in
      try socket.join(.v4(Self.group, interface: IPv4Address(10, 0, 0, 2)))
    }
  }

  @Test("A socket joins at most 4,095 groups")
  func limit() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let socket = try kernel.udp()
    func group(_ number: UInt32) -> MulticastGroup {
      .v4(IPv4Address(rawValue: 0xEF00_0000 + number), interface: .unspecified)
    }
    for number: UInt32 in 0..<4_095 { try socket.join(group(number)) }
    expectError(.noBufferSpace) { () throws(IOError) in try socket.join(group(5_000)) }
    try socket.leave(group(17))
    try socket.join(group(5_000))
  }

  @Test("A socket bound to the group receives what is sent to that alone, and sends from the machine's address")
  func boundToGroup() throws(IOError) {
    let machines = UDPMachines(2)
    let (a, b) = (machines.kernels[0], machines.kernels[1])
    let first = try a.udp(Self.group, 7_000, [.reuseAddress(true)])
    // For a group's address, reusing is sharing.
    let second = try a.udp(Self.group, 7_000, [.reuseAddress(true)])
    #expect(try first.localAddress == groupAddress(isV6: false))
    let sender = try b.udp(.unspecified, 8_000)
    try sender.send([1], to: groupAddress(isV6: false))
    #expect(try first.takeAll() == [])
    try first.join(.v4(Self.group, interface: .unspecified))
    try sender.send([2], to: groupAddress(isV6: false))
    try sender.send([3], to: a.at(7_000))
    #expect(try first.takePayloads() == [[2]])
    #expect(try second.takePayloads() == [])
    try first.send([4], to: b.at(8_000))
    #expect(try sender.takeAll() == [ReceivedBytes(bytes: [4], source: a.at(7_000))])
    let socketV6 = try a.udpV6(Self.groupV6, 7_000)
    #expect(try socketV6.localAddress == groupAddress(isV6: true))
  }

  @Test("A connected member receives from its peer alone, and who is connected to a group sends to all of it")
  func connected() throws(IOError) {
    let machines = UDPMachines(3)
    let (a, b, c) = (machines.kernels[0], machines.kernels[1], machines.kernels[2])
    let socket = try a.udp(Self.group, 7_000)
    try socket.join(.v4(Self.group, interface: .unspecified))
    try socket.connect(to: b.at(8_000))
    let friend = try b.udp(.unspecified, 8_000)
    let stranger = try c.udp(.unspecified, 8_000)
    for (number, isFriend) in [(1, true), (2, false)] as [(UInt8, Bool)] {
      try isFriend
        ? friend.send([number], to: groupAddress(isV6: false)) : stranger.send([number], to: groupAddress(isV6: false))
    }
    #expect(try socket.takePayloads() == [[1]])

    let speaker = try c.udp()
    try speaker.connect(to: groupAddress(isV6: false))
    #expect(try speaker.localAddress == c.at(try speaker.localAddress.port))
    let member = try member(b)
    try speaker.send([3])
    #expect(try member.takePayloads() == [[3]])
    #expect(try speaker.takePendingError() == nil)
    // Nobody there: nobody is told.
    try member.close()
    try speaker.send([4])
    #expect(try speaker.takePendingError() == nil)
  }

  @Test("A dual-stack socket sends to an IPv4 group by the system's choice")
  func mapped() throws(IOError) {
    let machines = UDPMachines(2)
    let receiver = try member(machines.kernels[1])
    let sender = try machines.kernels[0].udpV6()
    try sender.send([1], to: SocketAddress(IPv6Address(mapping: Self.group), port: 7_000))
    let source = machines.kernels[0].at(try sender.localAddress.port)
    #expect(try receiver.takeAll() == [ReceivedBytes(bytes: [1], source: source)])
  }
}
