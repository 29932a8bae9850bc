import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Simulation")
struct SimulationTests {
  @Test("A wait that nothing ends takes its timeout on the simulation's clock, and no time")
  func virtualTime() throws(IOError) {
    let simulation = Simulation()
    let kernel = simulation.machine("a").kernel
    var poll = try Poll(on: kernel)
    var events = Events(capacity: 4)
    try poll.wait(into: &events, timeout: .seconds(3_600))
    #expect(events.isEmpty)
    #expect(simulation.now == .seconds(3_600))
  }

  @Test("POLL-10 Two thousand polls in a row leave no descriptor open")
  func pollsInARow() throws(IOError) {
    let kernel = Simulation().machine("a").kernel
    let before = kernel.descriptorCount
    for _ in 0..<2_000 {
      var poll = try Poll(on: kernel)
      var events = Events(capacity: 1)
      let waker = try poll.registry.makeWaker(token: 1)
      try waker.wake()
      try poll.wait(into: &events, timeout: .zero)
      #expect(events.count == 1)
    }
    #expect(kernel.descriptorCount == before)
  }

  @Test("Actions that are not to run can be let go of, and what is on its way arrives all the same")
  func removesActions() throws(IOError) {
    let simulation = Simulation()
    let (first, second) = (simulation.machine("first").kernel, simulation.machine("second").kernel)
    simulation.setLatency(first.machine, second.machine, to: .milliseconds(5))
    let receiver = try UDPSocket(bindingTo: SocketAddress(IPv4Address.unspecified, port: 9), on: second)
    let sender = try UDPSocket(bindingTo: SocketAddress(IPv4Address.unspecified, port: 0), on: first)
    simulation.schedule(after: .milliseconds(1)) { Issue.record("an action has run that was let go of") }
    try sender.send([1], to: SocketAddress(second.address, port: 9))
    simulation.removeScheduled()
    simulation.advance(by: .milliseconds(10))
    var buffer: [UInt8] = [0]
    #expect(try receiver.receive(into: buffer.mutableSpan)?.count == 1)
  }

  @Test("A client and a server on two machines exchange bytes")
  func exchange() throws(IOError) {
    let simulation = Simulation()
    let server = simulation.machine("server").kernel
    let client = simulation.machine("client").kernel
    simulation.setLatency(server.machine, client.machine, to: .milliseconds(1))
    var poll = try Poll(on: server)
    var events = Events(capacity: 4)
    var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.unspecified, port: 80), on: server)
    try poll.registry.register(&listener, token: 1, interests: .readable)
    let stream = try TCPStream(connectingTo: SocketAddress(server.address, port: 80), on: client)
    try poll.wait(into: &events)
    #expect(events.map(\.token) == [1])
    #expect(simulation.now == .milliseconds(3))
    var accepted = try ready(listener.accept())
    #expect(accepted.peerAddress == (try stream.localAddress))
    try poll.registry.register(&accepted.stream, token: 2, interests: .readable)
    #expect(try stream.write([1, 2, 3].span) == 3)
    try poll.wait(into: &events)
    #expect(events.map(\.token) == [2])
    var buffer = [UInt8](repeating: 0, count: 8)
    #expect(try accepted.stream.read(into: buffer.mutableSpan) == 3)
    #expect(buffer[..<3] == [1, 2, 3])
  }
}
