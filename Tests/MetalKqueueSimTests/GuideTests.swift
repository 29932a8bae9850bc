import MetalCore
import MetalKqueueSim
import MetalSimulation
import Testing

// What the articles "Testing with simulated machines" and "The simulated kernel" show of tests without programs: the test
// step by step, a test of several seeds, and the examples of output, word for word.

@Suite("Guides to the simulation")
struct GuideTests {
  @Test("A datagram arrives after the latency of the way")
  func answersAfterTheLatency() throws(IOError) {
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

  @Test("A trace prints as lanes, and netstat as a table")
  func output() throws(IOError) {
    let simulation = Simulation(seed: 1)
    let (server, client) = (simulation.machine("server"), simulation.machine("client"))
    simulation.setLatency(server, client, to: .milliseconds(20))
    let everywhere = SocketAddress(IPv4Address.unspecified, port: 80)
    let listener = try TCPListener(bindingTo: everywhere, on: server.kernel)
    let stream = try TCPStream(connectingTo: SocketAddress(server.address, port: 80), on: client.kernel)
    simulation.advance(by: .milliseconds(60))
    let accepted = try ready(listener.accept())
    #expect(try stream.write([1, 2, 3].span) == 3)
    simulation.advance(by: .milliseconds(30))
    expectText(
      simulation.trace.lanes(),
      """
      seed 1, macOS, 17 records, digest 5042eeff1e02b59c
      time           server                                     client
      0 ms           socket = 3
      0 ms           setsockopt d3 = 0
      0 ms           bind d3 0.0.0.0:80 = 0
      0 ms           listen d3 0.0.0.0:80 = 0
      0 ms                                                      socket = 3
      0 ms                                                      → server SYN #1 to 10.0.0.1:80
      0 ms                                                      connect d3 #1 to 10.0.0.1:80 = connection…
      20 ms          ← client SYN #1 from 10.0.0.2:55395
      20 ms          → client SYN ACK #1 to 10.0.0.2:55395
      40 ms                                                     ← server SYN ACK #1 from 10.0.0.1:80
      40 ms                                                     → server ACK #1 to 10.0.0.1:80
      60 ms          ← client ACK #1 from 10.0.0.2:55395
      60 ms          accept d3 #1 = d4 from 10.0.0.2:55395
      60 ms                                                     → server segment #1 3 B to 10.0.0.1:80
      60 ms                                                     send d3 #1 = 3
      80 ms          ← client segment #1 3 B from 10.0.0.2:553…
      80 ms          → client ACK #1 to 10.0.0.2:55395
      """)
    expectText(
      simulation.netstat.description,
      """
      machine  fd  proto  recv-q  send-q  local           peer            state        backlog
      server   3   tcp4   0       0       0.0.0.0:80      *               LISTEN       0/1024
      server   4   tcp4   3       0       10.0.0.1:80     10.0.0.2:55395  ESTABLISHED
      client   3   tcp4   0       3       10.0.0.2:55395  10.0.0.1:80     ESTABLISHED
      """)
    try accepted.stream.close()
    try stream.close()
    try listener.close()
    #expect(simulation.trace.closesByDrop.isEmpty)
  }

  @Test("The whole answer arrives, whatever the buffers", arguments: 0..<16 as Range<UInt64>)
  func answersInFull(seed: UInt64) throws(IOError) {
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

private func expectText(_ found: String, _ expected: String) {
  #expect(found == expected + "\n", "\n\(found)")
}
