import MetalCore
import Testing

// The tests of Docs/Simulation.md, word for word.

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

  @Test("The whole answer arrives, whatever the buffers", arguments: 0..<16 as Range<UInt64>)
  func answersInFull(seed: UInt64) throws {
    let simulation = Simulation(seed: seed, defaults: .drawn)
    let kernel = simulation.machine("machine").kernel
    let listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: 80), on: kernel)
    var client = try TCPStream(connectingTo: listener.localAddress, on: kernel)
    simulation.advance(by: .milliseconds(1))
    guard let accepted = try listener.accept() else { throw IOError(.wouldBlock) }
    var server = accepted.stream
    var poll = try Poll(on: kernel)
    var events = Events(capacity: 8)
    try poll.registry.register(&server, token: 1, interests: .writable)
    try poll.registry.register(&client, token: 2, interests: .readable)
    let answer = [UInt8](repeating: 7, count: 100_000)
    var sent = 0
    var received: [UInt8] = []
    while received.count < answer.count {
      try poll.wait(into: &events)  // throws `.deadlock` if the program stalls
      for event in events {
        if event.token == 1 {
          while sent < answer.count, let count = try server.write(answer.span.extracting(sent...)) { sent += count }
        } else {
          while let count = try client.read(appendingTo: &received, atMost: 4_096), count > 0 {}
        }
      }
    }
    #expect(received == answer)
  }
}
