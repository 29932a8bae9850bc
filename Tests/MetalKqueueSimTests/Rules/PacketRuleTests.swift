import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Rules: packets and connections")
struct PacketRuleTests {
  @Test(
    "A client that closes before it is answered leaves nothing at the listener", arguments: KernelProfile.all)
  func closedInHandshake(_ profile: KernelProfile) throws(IOError) {
    let (server, client) = profile.machines(apart: .milliseconds(1))
    let simulation = server.simulation
    let queue = try Queue(on: server)
    let (listener, port) = try server.openListener(backlog: 0)
    queue.change(.read(listener, [.add, .clear], token: 1))
    let stream = try client.openClient(port, on: server)
    simulation.advance(by: .microseconds(1_500))
    try client.close(stream)
    simulation.advance(by: .milliseconds(10))
    #expect(queue.told() == [])
    expectError(.wouldBlock) { () throws(IOError) in _ = try server.accept(listener) }
    // The backlog has room for the next connection.
    _ = try client.openClient(port, on: server)
    #expect(queue.wait().map(\.token) == [1])
    _ = try server.accept(listener)
  }

  @Test("A handshake that was given up does not keep the listener's port in use")
  func portOfHandshake() throws(IOError) {
    let (server, client) = KernelProfile.macOS.machines(apart: .milliseconds(1))
    let (listener, port) = try server.openListener()
    let stream = try client.openClient(port, on: server)
    try client.close(stream)
    server.simulation.advance(by: .milliseconds(10))
    try server.close(listener)
    let next = try server.openSocket(.ipv4, .stream)
    try server.bind(next, to: SocketAddress(IPv4Address.unspecified, port: port))
  }

  @Test("What one machine sends another keeps its order over all sockets, also when the latency becomes shorter")
  func order() throws(IOError) {
    let machines = UDPMachines(latency: .milliseconds(5))
    let (here, there) = (machines.kernels[0], machines.kernels[1])
    let receiver = try there.udp(.unspecified, 7_000)
    let first = try here.udp()
    let second = try here.udp()
    try first.send([1], to: there.at(7_000))
    machines.simulation.setLatency(here.machine, there.machine, to: .zero)
    try second.send([2], to: there.at(7_000))
    machines.simulation.advance(by: .milliseconds(4))
    #expect(try receiver.takePayloads() == [])
    machines.simulation.advance(by: .milliseconds(1))
    #expect(try receiver.takePayloads() == [[1], [2]])
    try second.send([3], to: there.at(7_000))
    #expect(try receiver.takePayloads() == [[3]])
  }

  @Test("A refusal goes to the socket that is connected to the refusing address, and to no other on the port")
  func refusal() throws(IOError) {
    let machines = UDPMachines()
    let (here, there) = (machines.kernels[0], machines.kernels[1])
    let first = try here.udp(.unspecified, 7_000, [.reusePort(true)])
    let second = try here.udp(.unspecified, 7_000, [.reusePort(true)])
    try first.connect(to: there.at(9))
    try second.connect(to: there.at(10))
    try first.send([1])
    expectError(.connectionRefused) { () throws(IOError) in try first.send([1]) }
    #expect(try second.takePendingError() == nil)
  }

  @Test("Each of many connections within a machine carries its own bytes, whatever the order of their ends")
  func loopback() throws(IOError) {
    let simulation = Simulation(seed: 3)
    let kernel = simulation.machine("only").kernel
    let (listener, port) = try kernel.openListener(backlog: 100)
    var draws = simulation.random("order")
    var open: [(client: Int32, server: Int32, size: Int)] = []
    for round in 1...400 {
      if open.count < 60, draws.next(below: 3) > 0 {
        let client = try kernel.openClient(port)
        open.append((client, try kernel.accept(listener), round))
        continue
      }
      guard !open.isEmpty else { continue }
      let (client, server, size) = open.remove(at: Int(draws.next(below: UInt64(open.count))))
      #expect(kernel.send(client, size) == .moved(size))
      #expect(kernel.receive(server) == .moved(size))
      #expect(kernel.send(server, size + 1) == .moved(size + 1))
      #expect(kernel.receive(client) == .moved(size + 1))
      let isClientFirst = draws.next(below: 2) == 0
      try kernel.close(isClientFirst ? client : server)
      #expect(kernel.receive(isClientFirst ? server : client) == .moved(0))
      try kernel.close(isClientFirst ? server : client)
    }
    for (client, server, _) in open {
      try kernel.close(client)
      try kernel.close(server)
    }
    #expect(kernel.descriptorCount == 1)
  }

  @Test("A receive buffer that changes during the handshake is the room that the peer has afterwards")
  func windowInHandshake() throws(IOError) {
    let (server, client) = KernelProfile.macOS.machines(apart: .milliseconds(1))
    let (listener, port) = try server.openListener()
    let stream = try client.openClient(port, on: server)
    try client.setOption(.receiveBufferSize, of: stream, to: 200_000)
    server.simulation.advance(by: .milliseconds(10))
    let accepted = try server.accept(listener)
    try server.setOption(.sendBufferSize, of: accepted, to: 400_000)
    #expect(server.send(accepted, 400_000) == .moved(400_000))
    server.simulation.advance(by: .milliseconds(10))
    #expect(client.peek(stream) == .moved(200_000))
  }
}
