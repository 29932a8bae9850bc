import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Simulation: the ports that the system chooses")
struct PortTests {
  @Test("Ports are of the system's own range, for TCP and for UDP", arguments: KernelProfile.all)
  func range(_ profile: KernelProfile) throws(IOError) {
    let kernel = profile.machine()
    var lowest = UInt16.max
    for _ in 0..<50 {
      for port in [try kernel.openListener().port, try kernel.udp().localAddress.port] {
        #expect(profile.ports.ephemeral.contains(port))
        lowest = min(lowest, port)
      }
    }
    #expect((lowest < 49_152) == (profile != .macOS))
  }

  @Test("A connection keeps its port in TIME_WAIT as long as the system says", arguments: KernelProfile.all)
  func timeWait(_ profile: KernelProfile) throws(IOError) {
    #expect(profile.tcp.timeWait == (profile == .macOS ? .seconds(30) : .seconds(60)))
    let kernel = profile.machine()
    let (client, server) = try kernel.connectedPair()
    let local: SocketAddress = try kernel.localAddress(of: client)
    try kernel.close(client)
    try kernel.close(server)
    func bind() throws(IOError) {
      let next = try kernel.openSocket(.ipv4, .stream)
      try kernel.bind(next, to: local)
    }
    kernel.simulation.advance(by: profile.tcp.timeWait - .nanoseconds(1))
    expectError(.addressInUse) { () throws(IOError) in try bind() }
    kernel.simulation.advance(by: .nanoseconds(1))
    try bind()
  }

  @Test("A client that uses up its ports by closing first is told what keeps them")
  func exhaustion() throws(IOError) {
    var profile = KernelProfile.macOS
    profile.ports.ephemeral = 50_000...50_007
    let simulation = Simulation(seed: 3, profile: profile)
    let (server, client) = (simulation.machine("server").kernel, simulation.machine("client").kernel)
    let listener = try TCPListener(bindingTo: SocketAddress(server.address, port: 80), on: server)
    let address = SocketAddress(server.address, port: 80)
    let open = try TCPStream(connectingTo: address, on: client)
    simulation.advance(by: .milliseconds(5))
    for _ in 0..<7 {
      let stream = try TCPStream(connectingTo: address, on: client)
      try stream.close()
    }
    #expect(simulation.diagnosis == nil)
    expectError(.addressNotAvailable) { () throws(IOError) in try TCPStream(connectingTo: address, on: client) }
    let diagnosis = try required(simulation.diagnosis)
    #expect(diagnosis.kind == .portExhaustion)
    #expect(diagnosis.waiters[0].machine == "client")
    #expect(
      diagnosis.description == """
        no free port at 5 ms, seed 3 (of the ports 50000 to 50007, open sockets use 1 and closed connections in \
        TIME_WAIT 7; the first is free at 30005 ms)
          client  a port for a TCP socket

        """)
    // UDP has ports of its own, and the server has others.
    _ = try client.udp()
    _ = try server.openListener()
    simulation.advance(by: .seconds(30))
    _ = try TCPStream(connectingTo: address, on: client)
    withExtendedLifetime((open.rawDescriptor, listener.rawDescriptor)) {}
  }

  @Test("Ports that open sockets use are counted alone")
  func openSockets() throws(IOError) {
    var profile = KernelProfile.freeBSD
    profile.ports.ephemeral = 10_000...10_001
    let kernel = Simulation(profile: profile).machine("a").kernel
    let first = try kernel.udp()
    let second = try kernel.udp()
    expectError(.addressNotAvailable) { () throws(IOError) in try kernel.udp() }
    #expect(kernel.simulation.diagnosis?.reason == "of the ports 10000 to 10001, open sockets use 2")
    #expect(kernel.simulation.diagnosis?.waiters.first?.call == "a port for a UDP socket")
    withExtendedLifetime((first.rawDescriptor, second.rawDescriptor)) {}
  }
}
