import MetalCore
import Testing

@Suite("UDP on simulated machines: peers and errors")
struct UDPTestsErrors {
  @Test(
    "S17 Nobody at the peer's port: both directions fire without an end, reading first, and a call says it once",
    arguments: KernelProfile.all, [Duration.zero, .milliseconds(3)])
  func refused(profile: KernelProfile, latency: Duration) throws(IOError) {
    let machines = UDPMachines(2, profile, latency: latency)
    var socket = try machines.kernels[0].udp()
    try socket.connect(to: machines.kernels[1].at(9))
    var watcher = try Watcher(on: machines.kernels[0])
    try watcher.poll.registry.register(&socket, token: 1, interests: [.readable, .writable])
    #expect(try watcher.notices() == [.write(1, 9_216)])
    for taker in ErrorTaker.allCases {
      let start = machines.simulation.now
      try socket.send([1])
      #expect(try watcher.notices(nil) == [.read(1, 0), .write(1, 9_216)])
      #expect(machines.simulation.now == start + latency * 2)
      #expect(taker(socket) == .connectionRefused)
      #expect(try socket.takePendingError() == nil)
      socket.expectNothingToReceive()
      #expect(try watcher.notices() == [])
    }
  }

  @Test("R14 Peeking tells of an error and leaves it; sending takes it and sends nothing")
  func errorIsTakenOnce() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let socket = try kernel.udp(.loopback)
    try socket.connect(to: SocketAddress(IPv4Address.loopback, port: 9))
    try socket.send([1])
    for form in ReceiveForm.peeking {
      expectError(.connectionRefused) { () throws(IOError) in _ = try form(socket, atMost: 8) }
    }
    let late = try kernel.udp(.loopback, 9)
    expectError(.connectionRefused) { () throws(IOError) in try socket.send([2]) }
    try socket.send([3])
    #expect(try late.takePayloads() == [[3]])
  }

  @Test("R15 What has arrived is received before the error")
  func dataBeforeError() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let socket = try kernel.udp(.loopback)
    let peer = try kernel.udp(.loopback)
    try socket.connect(to: try peer.localAddress)
    try peer.send([7], to: try socket.localAddress)
    try peer.close()
    try socket.send([1])
    #expect(try ReceiveForm.receive(socket, atMost: 8)?.bytes == [7])
    expectError(.connectionRefused) { () throws(IOError) in _ = try ReceiveForm.receive(socket, atMost: 8) }
    socket.expectNothingToReceive()
  }

  @Test("S17 A socket that is not connected, or no longer to that peer, is told nothing")
  func notTold() throws(IOError) {
    let machines = UDPMachines(2, latency: .milliseconds(1))
    let (here, there) = (machines.kernels[0], machines.kernels[1])
    var socket = try here.udp()
    var watcher = try Watcher(on: here)
    try watcher.poll.registry.register(&socket, token: 1, interests: .readable)
    try socket.send([1], to: there.at(9))
    #expect(try watcher.notices(.seconds(1)) == [])
    // A refusal that comes when another peer was chosen is for nobody.
    try socket.connect(to: there.at(9))
    try socket.send([1])
    try socket.connect(to: there.at(10))
    #expect(try watcher.notices(.seconds(1)) == [])
    // One that came before is forgotten with the peer.
    try socket.send([1])
    #expect(try watcher.notices(.seconds(1)) == [.read(1, 0)])
    try socket.connect(to: there.at(9))
    #expect(try socket.takePendingError() == nil)
    // Nor does it matter to one that is closed meanwhile.
    try socket.send([1])
    try socket.close()
    machines.simulation.advance(by: .seconds(1))
  }

  @Test("Without a peer, sending needs a destination, and the socket stays unbound")
  func noPeer() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let socket = try kernel.unboundUDP()
    for form in SendForm.peer {
      expectError(.destinationAddressRequired) { () throws(IOError) in try form(socket, [1], to: anyPort) }
    }
    #expect(try socket.localAddress == SocketAddress(IPv4Address.unspecified, port: 0))
    expectError(.notConnected) { () throws(IOError) in try socket.peerAddress }
  }

  @Test("A connected socket sends to nobody else, not even to its peer by name")
  func connectedAlready() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let socket = try kernel.udp(.loopback)
    let peer = try kernel.udp(.loopback)
    try socket.connect(to: try peer.localAddress)
    let to = try peer.localAddress
    for form in SendForm.address {
      expectError(.alreadyConnected) { () throws(IOError) in try form(socket, [1], to: to) }
    }
    #expect(try peer.takePayloads() == [])
  }

  @Test("Sending and connecting choose a port of the system's range, the same for the same seed")
  func ephemeralPorts() throws(IOError) {
    func ports(_ seed: UInt64) throws(IOError) -> [UInt16] {
      let kernel = UDPMachines(1, seed: seed).kernels[0]
      let peer = try kernel.udp(.loopback)
      let sender = try kernel.unboundUDP()
      try sender.send([1], to: try peer.localAddress)
      #expect(try sender.localAddress.port != 0)
      #expect(try sender.localAddress == SocketAddress(IPv4Address.unspecified, port: sender.localAddress.port))
      let client = try kernel.unboundUDP()
      try client.connect(to: try peer.localAddress)
      #expect(try client.localAddress == SocketAddress(IPv4Address.loopback, port: client.localAddress.port))
      let sources = try [sender.localAddress.port, client.localAddress.port]
      try client.send([2])
      #expect(try peer.takeAll().map(\.source.port) == sources)
      return sources
    }
    let first = try ports(1)
    #expect(first.allSatisfy { $0 >= 49_152 } && first[0] != first[1])
    #expect(try ports(1) == first)
    #expect(try ports(2) != first)
  }

  @Test("An address that no machine has is said to be unreachable at once, and without a port it is none")
  func unreachable() throws(IOError) {
    let kernel = UDPMachines(2).kernels[0]
    let socket = try kernel.unboundUDP()
    let socketV6 = try kernel.unboundUDP(.ipv6)
    let hosts: [(IPv4Address, IOError.Kind)] = [
      (IPv4Address(203, 0, 113, 1), .networkUnreachable), (IPv4Address(10, 0, 0, 3), .hostUnreachable),
      (IPv4Address(127, 0, 0, 2), .hostUnreachable),
    ]
    for (host, kind) in hosts {
      let to = SocketAddress(host, port: 9)
      expectError(kind) { () throws(IOError) in try socket.send([1], to: to) }
      let mapped = SocketAddress(IPv6Address(mapping: host), port: 9)
      expectError(kind) { () throws(IOError) in try socketV6.send([1], to: mapped) }
    }
    let hostsV6 = [("2001:db8::1", IOError.Kind.networkUnreachable), ("fd00::3", .hostUnreachable)]
    for (host, kind) in hostsV6 {
      let to = SocketAddress(IPv6Address(host)!, port: 9)
      expectError(kind) { () throws(IOError) in try socketV6.send([1], to: to) }
    }
    expectError(.addressNotAvailable) { () throws(IOError) in try socket.send([1], to: kernel.at(0)) }
    expectError(.addressNotAvailable) { () throws(IOError) in try socket.connect(to: kernel.at(0)) }
    #expect(try socket.takePendingError() == nil)
  }

  @Test("Connecting finds out that there is no network, and only sending that there is no host")
  func connectingUnreachable() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let socket = try kernel.udp()
    try socket.connect(to: SocketAddress(IPv4Address(10, 9, 9, 9), port: 9))
    #expect(try socket.localAddress.port != 0)
    expectError(.hostUnreachable) { () throws(IOError) in try socket.send([1]) }
    // The former peer is gone although there is no new one.
    expectError(.networkUnreachable) { () throws(IOError) in
      try socket.connect(to: SocketAddress(IPv4Address(203, 0, 113, 1), port: 9))
    }
    expectError(.notConnected) { () throws(IOError) in try socket.peerAddress }
    expectError(.destinationAddressRequired) { () throws(IOError) in try socket.send([1]) }
  }

  @Test("An address of the other family is refused, and a mapped one to a socket for IPv6 only")
  func families() throws(IOError) {
    let kernel = UDPMachines(1).kernels[0]
    let socket = try kernel.udp()
    expectError(.unsupported) { () throws(IOError) in try socket.send([1], to: kernel.atV6(9)) }
    expectError(.unsupported) { () throws(IOError) in try socket.connect(to: kernel.atV6(9)) }
    let onlyV6 = try kernel.udpV6(.unspecified, 0, [.ipv6Only(true)])
    let mapped = SocketAddress(IPv6Address(mapping: kernel.address), port: 9)
    for to in [mapped, kernel.at(9)] {
      expectError(.unsupported) { () throws(IOError) in try onlyV6.send([1], to: to) }
      expectError(.unsupported) { () throws(IOError) in try onlyV6.connect(to: to) }
    }
    // One that is bound to an address of IPv6 has none that IPv4 could answer to.
    let bound = try kernel.udpV6(kernel.addressV6)
    expectError(.invalidInput) { () throws(IOError) in try bound.send([1], to: mapped) }
  }

  @Test("What is bound to the loopback's address leaves no machine")
  func loopbackStays() throws(IOError) {
    let machines = UDPMachines(2)
    let socket = try machines.kernels[0].udp(.loopback)
    let elsewhere = machines.kernels[1].at(9)
    expectError(.addressNotAvailable) { () throws(IOError) in try socket.send([1], to: elsewhere) }
    expectError(.addressNotAvailable) { () throws(IOError) in try socket.connect(to: elsewhere) }
    // The machine's own address is not elsewhere.
    let here = try machines.kernels[0].udp(machines.kernels[0].address, 9)
    try socket.send([1], to: try here.localAddress)
    #expect(try here.takeAll() == [ReceivedBytes(bytes: [1], source: try socket.localAddress)])
  }
}

/// The calls that tell of a pending error.
private enum ErrorTaker: CaseIterable {
  case query, send, receive, receiveVector

  /// Returns the kind of error that the call tells of.
  func callAsFunction(_ socket: borrowing UDPSocket) -> IOError.Kind? {
    do throws(IOError) {
      switch self {
      case .query: return try socket.takePendingError()?.kind
      case .send: try socket.send([1])
      case .receive: _ = try ReceiveForm.receive(socket, atMost: 8)
      case .receiveVector: _ = try ReceiveForm.vector(socket, atMost: 8)
      }
      return nil
    } catch {
      return error.kind
    }
  }
}
