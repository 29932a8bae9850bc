import MetalCore
import Testing

// The first test of Docs/Simulation.md, word for word.

@Suite("Guide to the simulation")
struct GuideTests {
  @Test("A datagram arrives after the latency of the way")
  func answersAfterTheLatency() throws {
    let simulation = Simulation(seed: 1)
    let (server, client) = (simulation.machine("server"), simulation.machine("client"))
    simulation.setLatency(server, client, to: .milliseconds(20))
    var poll = try Poll(on: server.kernel)
    var events = Events(capacity: 8)
    let everywhere = IPv4Address.unspecified
    var socket = try UDPSocket(bindingTo: SocketAddress(everywhere, port: 53), on: server.kernel)
    try poll.registry.register(&socket, token: 1, interests: .readable)
    let other = try UDPSocket(bindingTo: SocketAddress(everywhere, port: 0), on: client.kernel)
    let sent = try other.send([1, 2, 3].span, to: SocketAddress(server.address, port: 53))
    #expect(sent == 3)
    try poll.wait(into: &events)  // returns at once: the clock moves, nobody waits
    #expect(events.map(\.token) == [1])
    #expect(simulation.now == .milliseconds(20))
  }
}
