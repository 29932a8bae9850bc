import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Rules: machines that do not answer")
struct ReachabilityRuleTests {
  private static let hostUnreachable: UInt32 = 65

  @Test("S3 A connection to a silent machine times out, as an event", arguments: KernelProfile.all)
  func silent(_ profile: KernelProfile) throws(IOError) {
    let (first, second) = profile.machines(apart: .milliseconds(1))
    let (_, port) = try second.openListener()
    second.machine.reachability = .silent
    #expect(second.machine.reachability == .silent)
    let watched = try WatchedSocket(try first.openClient(port, on: second), on: first)
    #expect(watched.queue.wait(74_000_000_000) == [])
    #expect(watched.queue.wait() == watched.ends(Told.timedOut))
    #expect(first.simulation.now == profile.tcp.connectTimeout)
    #expect(first.receive(watched.descriptor) == .failed(.timedOut))
  }

  @Test("S3 So does one to an address that no machine has", arguments: KernelProfile.all)
  func nobody(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    let addresses = [
      SocketAddress(IPv4Address(10, 0, 0, 77), port: 9), SocketAddress(IPv6Address("fd00::77")!, port: 9),
    ]
    for address in addresses {
      let start = kernel.simulation.now
      let client = try kernel.openSocket(address.isIPv4 ? .ipv4 : .ipv6, .stream)
      try kernel.connect(client, to: address)
      expectError(.connectionInProgress) { () throws(IOError) in try kernel.connect(client, to: address) }
      let watched = try WatchedSocket(client, on: kernel)
      #expect(watched.queue.wait() == watched.ends(Told.timedOut))
      #expect(kernel.simulation.now - start == .seconds(75))
      #expect(try kernel.takePendingError(of: client)?.kind == .timedOut)
    }
    // One that is given up leaves nothing behind.
    let client = try kernel.openSocket(.ipv4, .stream)
    try kernel.connect(client, to: addresses[0])
    try kernel.close(client)
    #expect(try Queue(on: kernel).wait(100_000_000_000) == [])
  }

  @Test("There is no way to other networks, to the rest of the loopback's, and to everybody's address")
  func otherNetworks() throws(IOError) {
    let kernel = KernelProfile.macOS.machine()
    let hosts = [
      IPv4Address(203, 0, 113, 1), IPv4Address(127, 0, 0, 2), IPv4Address(10, 255, 255, 255),
      IPv4Address(255, 255, 255, 255),
    ]
    for host in hosts {
      let client = try kernel.openSocket(.ipv4, .stream)
      expectError(.networkUnreachable) { () throws(IOError) in
        try kernel.connect(client, to: SocketAddress(host, port: 9))
      }
    }
  }

  @Test("S28 The network says that a host is unreachable: after the fifth request", arguments: KernelProfile.all)
  func unreachable(_ profile: KernelProfile) throws(IOError) {
    let (first, second) = profile.machines(apart: .milliseconds(1))
    let (_, port) = try second.openListener()
    second.machine.reachability = .unreachable
    let watched = try WatchedSocket(try first.openClient(port, on: second), on: first)
    #expect(watched.queue.wait() == watched.ends(Self.hostUnreachable))
    #expect(first.simulation.now > .seconds(15))
    #expect(first.simulation.now < .milliseconds(15_100))
    #expect(first.receive(watched.descriptor) == .failed(.hostUnreachable))
  }

  @Test("S28 A host that answers no request at the end of an attempt is as unreachable as it was before")
  func unreachableAtFirst() throws(IOError) {
    let (first, second) = KernelProfile.macOS.machines(apart: .zero)
    let (_, port) = try second.openListener()
    second.machine.reachability = .unreachable
    let watched = try WatchedSocket(try first.openClient(port, on: second), on: first)
    #expect(watched.queue.wait(2_000_000_000) == [])
    second.machine.reachability = .silent
    #expect(watched.queue.wait() == watched.ends(Self.hostUnreachable))
    #expect(first.simulation.now == .seconds(75))
  }

  @Test("A connection is made as soon as a request finds the machine in reach again", arguments: KernelProfile.all)
  func comesBack(_ profile: KernelProfile) throws(IOError) {
    for reachability in [Machine.Reachability.silent, .unreachable] {
      let (first, second) = profile.machines(apart: .milliseconds(1))
      let (listener, port) = try second.openListener()
      second.machine.reachability = reachability
      let watched = try WatchedSocket(try first.openClient(port, on: second), on: first)
      first.simulation.schedule(after: .seconds(5)) { second.machine.reachability = .reachable }
      #expect(watched.queue.wait() == [.write(2, profile.tcp.sendBuffer)])
      // The requests are sent after 0, 1, 3 and 7 seconds.
      #expect(first.simulation.now > .seconds(7))
      #expect(first.simulation.now < .milliseconds(7_100))
      first.simulation.advance(by: .milliseconds(1))
      _ = try second.accept(listener)
    }
  }

  @Test("The machine that is out of reach cannot connect either, but to itself", arguments: KernelProfile.all)
  func fromInside(_ profile: KernelProfile) throws(IOError) {
    let (first, second) = profile.machines(apart: .milliseconds(1))
    let (_, port) = try second.openListener()
    first.machine.reachability = .unreachable
    let watched = try WatchedSocket(try first.openClient(port, on: second), on: first)
    let own = try first.connectedPair()
    #expect(first.send(own.client, 3) == .moved(3))
    #expect(first.receive(own.server) == .moved(3))
    #expect(watched.queue.wait() == watched.ends(Told.timedOut))
  }

  @Test("A lost answer to a request comes later, or the attempt ends in time", arguments: [10, 100])
  func lostAcceptance(seconds: Int) throws(IOError) {
    let (first, second) = KernelProfile.macOS.machines(apart: .milliseconds(10))
    let (listener, port) = try second.openListener()
    let watched = try WatchedSocket(try first.openClient(port, on: second), on: first)
    first.simulation.advance(by: .milliseconds(15))
    first.machine.reachability = .silent
    first.simulation.schedule(after: .seconds(seconds)) { first.machine.reachability = .reachable }
    let isInTime = seconds < 75
    #expect(watched.queue.wait() == (isInTime ? [.write(2, 131_072)] : watched.ends(Told.timedOut)))
    if !isInTime { #expect(first.simulation.now == .seconds(75)) }
    first.simulation.advance(by: .seconds(600))
    if isInTime {
      _ = try second.accept(listener)
    } else {
      expectError(.wouldBlock) { () throws(IOError) in _ = try second.accept(listener) }
    }
  }

  @Test("S14 A peer that has vanished: what is sent times out", arguments: KernelProfile.all)
  func vanished(_ profile: KernelProfile) throws(IOError) {
    for reachability in [Machine.Reachability.silent, .unreachable] {
      let (first, second) = profile.machines(apart: .milliseconds(1))
      let ends = try ConnectedMachines(first, second)
      let watched = try WatchedSocket(ends.client, on: first)
      #expect(watched.queue.told() == [.write(2, profile.tcp.sendBuffer)])
      second.machine.reachability = reachability
      // A connection that sends nothing notices nothing.
      #expect(watched.queue.wait(1_000_000_000_000) == [])
      let start = first.simulation.now
      #expect(first.send(ends.client, 100) == .moved(100))
      let told = watched.queue.wait()
      #expect(told.map(\.end) == [Told.timedOut, Told.timedOut])
      let elapsed = first.simulation.now - start
      #expect(elapsed >= profile.tcp.retransmissionTimeout)
      #expect(elapsed < profile.tcp.retransmissionTimeout + .milliseconds(10))
      #expect(first.receive(ends.client) == .failed(.timedOut))
      // The other end knows of nothing, and learns by a reset when it sends.
      second.machine.reachability = .reachable
      #expect(second.send(ends.server, 1) == .moved(1))
      second.simulation.advance(by: .milliseconds(10))
      #expect(second.receive(ends.server) == .failed(.connectionReset))
    }
  }

  @Test("S14 A buffer that is full stays full, and the sender is not writable")
  func fullBuffer() throws(IOError) {
    let (first, second) = KernelProfile.macOS.machines(apart: .milliseconds(1))
    let ends = try ConnectedMachines(first, second)
    let watched = try WatchedSocket(ends.client, on: first)
    #expect(watched.queue.told() == [.write(2, 131_072)])
    second.machine.reachability = .silent
    #expect(first.send(ends.client, 131_072) == .moved(131_072))
    #expect(first.send(ends.client, 1) == .failed(.wouldBlock))
    #expect(watched.queue.wait(100_000_000_000) == [])
    second.machine.reachability = .reachable
    #expect(watched.queue.wait() == [.write(2, 131_072)])
    #expect(second.receive(ends.server) == .moved(131_072))
  }

  @Test("Both directions go on where they were, and keep their order, when the machine is back", arguments: 0..<20)
  func resumes(seed: Int) throws(IOError) {
    let simulation = Simulation(seed: UInt64(seed))
    let (first, second) = (simulation.machine("first").kernel, simulation.machine("second").kernel)
    simulation.setLatency(first.machine, second.machine, to: .milliseconds([0, 1, 30, 3_000][seed % 4]))
    let ends = try ConnectedMachines(first, second)
    var random = simulation.random("outages")
    var sent: [[UInt8]] = [[], []]
    var received: [[UInt8]] = [[], []]
    let sides = [(first, ends.client), (second, ends.server)]
    var next: UInt8 = 0
    func receive() {
      for (index, side) in sides.enumerated() {
        var buffer = [UInt8](repeating: 0, count: 100_000)
        let result = side.0.receive(side.1, into: buffer.mutableSpan, isPeek: false)
        if result.rawValue > 0 { received[index] += buffer[..<result.rawValue] }
      }
    }
    for _ in 0..<400 {
      switch random.next(below: 8) {
      case 0:
        let machine = sides[Int(random.next(below: 2))].0.machine
        let choices: [Machine.Reachability] = [.silent, .unreachable, .reachable, .reachable]
        machine.reachability = choices[Int(random.next(below: 4))]
      case 1, 2: receive()
      case 3: simulation.advance(by: .milliseconds(Int(random.next(below: 5_000))))
      default:
        let index = Int(random.next(below: 2))
        var bytes: [UInt8] = []
        for _ in 0...random.next(below: 9_000) {
          bytes.append(next)
          next = next &* 5 &+ 113
        }
        let result = sides[index].0.send(sides[index].1, bytes.span)
        if result.rawValue > 0 { sent[index] += bytes[..<result.rawValue] }
      }
    }
    for side in sides { side.0.machine.reachability = .reachable }
    for _ in 0..<20 {
      simulation.advance(by: .seconds(70))
      receive()
    }
    for (received, sent) in zip(received, sent.reversed()) {
      let isEqual = received == sent
      #expect(isEqual, "\(received.count) bytes of \(sent.count)")
    }
    // Ends and closes go through as well.
    second.machine.reachability = .silent
    #expect(first.send(ends.client, 7) == .moved(7))
    try first.close(ends.client)
    simulation.advance(by: .seconds(1))
    second.machine.reachability = .reachable
    simulation.advance(by: .seconds(10))
    #expect(second.receive(ends.server) == .moved(7))
    #expect(second.receive(ends.server) == .moved(0))
  }

  @Test("A reset that is lost leaves the other end half-open, until it sends")
  func lostReset() throws(IOError) {
    let (first, second) = KernelProfile.macOS.machines(apart: .zero)
    let ends = try ConnectedMachines(first, second)
    second.machine.reachability = .silent
    first.send(ends.client, 10)
    try first.setOption(.linger, of: ends.client, to: 0)
    try first.close(ends.client)
    second.machine.reachability = .reachable
    first.simulation.advance(by: .seconds(100))
    #expect(second.receive(ends.server) == .failed(.wouldBlock))
    #expect(second.send(ends.server, 1) == .moved(1))
    #expect(second.receive(ends.server) == .failed(.connectionReset))
  }

  @Test("A datagram to a silent machine is lost, and one to an unreachable one is answered")
  func datagrams() throws(IOError) {
    let machines = UDPMachines(latency: .milliseconds(1))
    let (here, there) = (machines.kernels[0], machines.kernels[1])
    let receiver = try there.udp(.unspecified, 7_000)
    let client = try here.udp()
    try client.connect(to: there.at(7_000))
    let free = try here.udp()
    let watched = try WatchedSocket(client.rawDescriptor, on: here)
    #expect(watched.queue.told().count == 1)
    there.machine.reachability = .silent
    try client.send([1])
    #expect(watched.queue.wait(10_000_000) == [])
    there.machine.reachability = .unreachable
    try client.send([2])
    try free.send([3], to: there.at(7_000))
    #expect(watched.queue.wait(10_000_000).map(\.token) == [1, 2])
    expectError(.hostUnreachable) { () throws(IOError) in try client.send([4]) }
    #expect(try free.takePendingError() == nil)
    there.machine.reachability = .reachable
    try client.send([5])
    machines.simulation.advance(by: .milliseconds(1))
    #expect(try receiver.takePayloads() == [[5]])
  }

  @Test("What is on its way to a machine that falls silent is lost")
  func onItsWay() throws(IOError) {
    let machines = UDPMachines(latency: .milliseconds(5))
    let (here, there) = (machines.kernels[0], machines.kernels[1])
    let receiver = try there.udp(.unspecified, 7_000)
    let sender = try here.udp()
    try sender.send([1], to: there.at(7_000))
    there.machine.reachability = .silent
    machines.simulation.advance(by: .milliseconds(5))
    there.machine.reachability = .reachable
    #expect(try receiver.takePayloads() == [])
  }
}

/// A connection between two machines.
private struct ConnectedMachines {
  let client: Int32
  let server: Int32

  init(_ first: SimulatedKernel, _ second: SimulatedKernel) throws(IOError) {
    let (listener, port) = try second.openListener()
    client = try first.openClient(port, on: second)
    first.simulation.advance(by: .seconds(10))
    server = try second.accept(listener)
    try second.close(listener)
  }
}
