// simulation-probe [--connections N] [--bytes B] [--rounds R]: what simulating costs.
//
// Each of R rounds makes a simulation with two machines and the example's echo server on one of them. From the other, N
// connections send B bytes each, and read them back. Prints the processor time and the trace's digest, which is the same
// on every machine.

import EchoServer
import ExampleSupport
import Glibc
import MetalCore
import MetalKqueue
import MetalKqueueSim
import ProbeSupport

typealias TCPStream = KqueueSimSelector.TCPStream
typealias Poll = KqueueSimSelector.Poll
typealias Events = KqueueSimSelector.Events

/// One connection to the server, with what is still to be sent to it and to be read from it.
struct Client: ~Copyable {
  var stream: TCPStream
  var unsent: Int
  var unread: Int
}

/// A round: a simulation from beginning to end.
struct Round: ~Copyable {
  let simulation = Simulation(seed: 1)
  let block: [UInt8]
  var server: EchoServer<KqueueSimSelector>
  var poll: Poll
  var serverEvents = Events(capacity: 1_024)
  var events = Events(capacity: 1_024)
  var clients = Slab<Client>()
  var buffer = [UInt8](repeating: 0, count: 16_384)

  init(connections: Int, bytes: Int) throws(IOError) {
    let machine = simulation.node("server")
    let other = simulation.node("client")
    block = [UInt8](repeating: 7, count: 16_384)
    let server = try EchoServer<KqueueSimSelector>(
      bindingTo: SocketAddress(IPv4Address.unspecified, port: 7), on: machine)
    let poll = try Poll(on: other)
    for _ in 0..<connections {
      var stream = try TCPStream(connectingTo: SocketAddress(machine.address, port: 7), on: other)
      try poll.registry.register(&stream, token: clients.nextToken, interests: [.readable, .writable])
      clients.insert(Client(stream: stream, unsent: bytes, unread: bytes))
    }
    self.server = server
    self.poll = poll
  }

  /// Lets the machines take turns until every connection has its bytes back.
  mutating func run() throws(IOError) {
    while clients.count > 0 {
      try server.turn(&serverEvents, timeout: .zero)
      try poll.wait(into: &events, timeout: .zero)
      for event in events {
        let isFinished = try clients.update(event.token) { (client) throws(IOError) in
          try Self.advance(&client, block, &buffer)
        }
        if isFinished == true { clients.remove(event.token) }
      }
    }
  }

  private static func advance(
    _ client: inout Client, _ block: [UInt8], _ buffer: inout [UInt8]
  ) throws(IOError) -> Bool {
    while client.unsent > 0,
      let count = try client.stream.write(block.span.extracting(first: min(block.count, client.unsent)))
    { client.unsent -= count }
    while client.unread > 0, let count = try client.stream.read(into: buffer.mutableSpan) {
      if count == 0 { fail("simulation-probe: a connection has ended early") }
      client.unread -= count
    }
    return client.unread == 0
  }
}

let connections = argument("--connections", default: 100)
let bytes = argument("--bytes", default: 1_024)
let rounds = argument("--rounds", default: 1)

do throws(IOError) {
  let start = clock()
  var digest: UInt64 = 0
  for _ in 0..<rounds {
    var round = try Round(connections: connections, bytes: bytes)
    try round.run()
    digest = round.simulation.trace.digest
  }
  let milliseconds = Double(clock() - start) * 1_000 / Double(CLOCKS_PER_SEC) / Double(max(rounds, 1))
  announce(
    "connections=\(connections) bytes=\(bytes) rounds=\(rounds) milliseconds-per-round=\(milliseconds) "
      + "digest=\(String(digest, radix: 16))")
} catch {
  fail("simulation-probe: \(error)")
}
