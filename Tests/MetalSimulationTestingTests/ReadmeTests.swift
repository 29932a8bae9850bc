import EchoServer
import MetalSimulationTesting
import Testing

// The example of README, word for word.

@Test(.simulated(seeds: 200)) func echoes() throws {
  let simulation = Simulation.current
  let server = simulation.machine("server")
  server.start(.service) { () throws(IOError) in
    var echo = try EchoServer<KqueueSimSelector>(bindingTo: SocketAddress(IPv4Address.unspecified, port: 7))
    try echo.run()
  }
  let address = SocketAddress(server.address, port: 7)
  let replies = (1...3).map { simulation.machine("client \($0)").start { try echo("hello", by: address) } }
  try simulation.run(atMost: .seconds(60))
  for reply in replies { #expect(try reply.get() == "hello") }
}

/// Sends a text to a server, and returns what comes back: an ordinary program with a poll and a socket.
func echo(_ text: String, by address: SocketAddress) throws(IOError) -> String {
  var poll = try Poll()
  var events = Events(capacity: 4)
  var stream = try TCPStream(connectingTo: address)
  try poll.registry.register(&stream, token: 0, interests: [.readable, .writable])
  var (unsent, reply) = (Array(text.utf8), [UInt8]())
  while reply.count < text.utf8.count {
    try poll.wait(into: &events)
    if let error = try stream.takePendingError() { throw error }
    while !unsent.isEmpty, let count = try stream.write(unsent.span) { unsent.removeFirst(count) }
    while let count = try stream.read(appendingTo: &reply, atMost: 4_096), count > 0 {}
  }
  return String(decoding: reply, as: UTF8.self)
}
