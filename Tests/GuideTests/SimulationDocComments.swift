// The examples in the doc comments of the modules for simulated machines.

import MetalSimulationTesting
import Testing

@Suite("Examples of doc comments, simulated")
struct SimulationDocComments {
  @Test(.simulated(seeds: 200)) func answers() throws {
    let simulation = Simulation.current
    let (server, client) = (simulation.machine("server"), simulation.machine("client"))
    server.start(.service) { try serve(port: 80) }
    let answer = client.start { [address = server.address] in try fetch(address, port: 80) }
    try simulation.run()
    #expect(try answer.get() == "hello")
  }

  @Test("A test can change a profile field by field, and run code on a machine")
  func machines() throws {
    do {
      var profile = KernelProfile.macOS
      profile.tcp.sendBuffer = 4_096
      let simulation = Simulation(profile: profile)
      #expect(simulation.profile.tcp.sendBuffer == 4_096)
    }
    let simulation = Simulation(seed: 1)
    let server = simulation.machine("server")
    try server.run {
      let poll = try Poll()  // MetalCore.Poll<KqueueSimSelector>
      _ = try poll.registry.makeWaker(token: 0)
    }
    let answer = simulation.schedule(after: .seconds(1)) { 42 }
    simulation.advance(by: .seconds(1))
    #expect(answer.get() == 42)
  }
}

private func serve(port: UInt16) throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 4)
  var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.unspecified, port: port))
  try poll.registry.register(&listener, token: 0, interests: .readable)
  while true {
    try poll.wait(into: &events)
    while let accepted = try listener.accept() { _ = try accepted.stream.write("hello".utf8.span) }
  }
}

private func fetch(_ host: IPv4Address, port: UInt16) throws(IOError) -> String {
  var poll = try Poll()
  var events = Events(capacity: 4)
  var stream = try TCPStream(connectingTo: SocketAddress(host, port: port))
  try poll.registry.register(&stream, token: 0, interests: .readable)
  var reply: [UInt8] = []
  while true {
    try poll.wait(into: &events)
    while let count = try stream.read(appendingTo: &reply, atMost: 64) {
      if count == 0 { return String(decoding: reply, as: UTF8.self) }
    }
  }
}
