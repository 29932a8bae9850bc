import MetalCore
import MetalSimulation
import Testing

@Suite("UDP on simulated machines: time")
struct UDPTestsLatency {
  @Test("Between three machines everything arrives after the latency of its way", arguments: [false, true])
  func threeMachines(isV6: Bool) throws(IOError) {
    let machines = UDPMachines(3)
    let (a, b, c) = (machines.kernels[0], machines.kernels[1], machines.kernels[2])
    machines.simulation.setLatency(a.machine, b.machine, to: .milliseconds(2))
    machines.simulation.setLatency(a.machine, c.machine, to: .milliseconds(5))
    machines.simulation.setLatency(b.machine, c.machine, to: .milliseconds(11))
    var receiver = try isV6 ? a.udpV6(.unspecified, 7_000) : a.udp(.unspecified, 7_000)
    let atB = try isV6 ? b.udpV6(.unspecified, 8_000) : b.udp(.unspecified, 8_000)
    let atC = try isV6 ? c.udpV6(.unspecified, 8_000) : c.udp(.unspecified, 8_000)
    let to = isV6 ? a.atV6(7_000) : a.at(7_000)
    var watcher = try Watcher(on: a)
    try watcher.poll.registry.register(&receiver, token: 1, interests: .readable)
    try atC.send([3], to: to)
    try atB.send([2], to: to)
    receiver.expectNothingToReceive()

    #expect(try watcher.notices(nil) == [.read(1, 1)])
    #expect(machines.simulation.now == .milliseconds(2))
    let fromB = isV6 ? b.atV6(8_000) : b.at(8_000)
    #expect(try receiver.takeAll() == [ReceivedBytes(bytes: [2], source: fromB)])
    #expect(try watcher.notices(nil) == [.read(1, 1)])
    #expect(machines.simulation.now == .milliseconds(5))
    let fromC = isV6 ? c.atV6(8_000) : c.at(8_000)
    #expect(try receiver.takeAll() == [ReceivedBytes(bytes: [3], source: fromC)])

    // What takes no time arrives before the call returns.
    try receiver.send([1], to: isV6 ? SocketAddress(IPv6Address.loopback, port: 7_000) : anyPort(7_000))
    #expect(try receiver.takePayloads() == [[1]])
  }

  @Test("A way that gets shorter does not let a datagram overtake others of its socket to that machine")
  func order() throws(IOError) {
    let machines = UDPMachines(3, latency: .milliseconds(10))
    let (a, b, c) = (machines.kernels[0], machines.kernels[1], machines.kernels[2])
    let receiver = try a.udp(.unspecified, 7_000)
    let other = try c.udp(.unspecified, 7_000)
    let sender = try b.udp()
    try sender.send([1], to: a.at(7_000))
    machines.simulation.setLatency(a.machine, b.machine, to: .zero)
    try sender.send([2], to: a.at(7_000))
    try sender.send([3], to: c.at(7_000))
    receiver.expectNothingToReceive()
    machines.simulation.advance(by: .milliseconds(10))
    #expect(try receiver.takePayloads() == [[1], [2]])
    #expect(try other.takePayloads() == [[3]])
    try sender.send([4], to: a.at(7_000))
    #expect(try receiver.takePayloads() == [[4]])
  }

  @Test("What is under way arrives though its sender is closed, and is lost if its receiver is")
  func closing() throws(IOError) {
    let machines = UDPMachines(2, latency: .milliseconds(1))
    let (here, there) = (machines.kernels[0], machines.kernels[1])
    let receiver = try here.udp(.unspecified, 7_000)
    let sender = try there.udp()
    try sender.send([1], to: here.at(7_000))
    try sender.close()
    machines.simulation.advance(by: .milliseconds(1))
    #expect(try receiver.takePayloads() == [[1]])

    let client = try there.udp()
    try client.connect(to: here.at(7_000))
    try client.send([2])
    try receiver.close()
    machines.simulation.advance(by: .milliseconds(2))
    #expect(try client.takePendingError()?.kind == .connectionRefused)
    // Who is bound when it arrives receives it, and not who was when it was sent.
    try client.send([3])
    let late = try here.udp(.unspecified, 7_000)
    machines.simulation.advance(by: .milliseconds(1))
    #expect(try late.takePayloads() == [[3]])
  }

  @Test("The loopback interface may take its time as well")
  func loopback() throws(IOError) {
    let machines = UDPMachines(1)
    let kernel = machines.kernels[0]
    machines.simulation.setLatency(kernel.machine, kernel.machine, to: .microseconds(30))
    var receiver = try kernel.udp(.loopback)
    var watcher = try Watcher(on: kernel)
    try watcher.poll.registry.register(&receiver, token: 1, interests: .readable)
    try receiver.send([1], to: try receiver.localAddress)
    #expect(try watcher.notices(nil) == [.read(1, 1)])
    #expect(machines.simulation.now == .microseconds(30))
  }

  @Test("The same program leaves the same trace", arguments: KernelProfile.all)
  func determinism(profile: KernelProfile) throws(IOError) {
    func trace() throws(IOError) -> Trace {
      let machines = UDPMachines(3, profile, latency: .milliseconds(1), keeping: .all)
      var receiver = try machines.kernels[0].udp(.unspecified, 7_000)
      let group = IPv4Address(239, 0, 0, 1)
      try receiver.join(.v4(group, interface: .unspecified))
      var watcher = try Watcher(on: machines.kernels[0])
      try watcher.poll.registry.register(&receiver, token: 1, interests: .readable)
      for number: UInt8 in 0..<20 {
        let sender = try machines.kernels[Int(number) % 3].unboundUDP()
        try sender.send([number], to: number % 2 == 0 ? SocketAddress(group, port: 7_000) : anyPort(9))
        _ = try watcher.notices(.milliseconds(1))
        _ = try receiver.takeAll()
      }
      return machines.simulation.trace
    }
    let (first, second) = try (trace(), trace())
    #expect(first.firstDifference(from: second) == nil)
    #expect(first.digest == second.digest && first.count > 100)
    #expect(first.records.contains { $0.name == "sendto" && $0.payload != 0 })
    #expect(first.records.contains { $0.name == "recvmsg" && $0.payload != 0 })
  }
}

/// A port of the loopback's address.
private func anyPort(_ port: UInt16) -> SocketAddress { SocketAddress(IPv4Address.loopback, port: port) }
