// metal-simulated simulation [--connections N] [--bytes B] [--rounds R] [--form ring]: what simulating costs.
//
// Each of R rounds makes a simulation with two machines and the example's echo server on one of them. From the other, N
// connections send B bytes each, and read them back. It prints the digest of the last trace, which is the same on every
// machine, and the number of its records, of which the ring keeps the last 10,000. The server is part of the module: its
// own names another selector by `@specialized`.

import Harness
import MetalSimulation

/// A connection that sends bytes and reads them back.
struct Client: ~Copyable {
  var stream: KqueueSimSelector.TCPStream
  var unsent: Int
  var unread: Int

  /// Sends and reads what it can, and returns whether everything has come back.
  mutating func advance(_ buffer: inout [UInt8]) throws(IOError) -> Bool {
    while unsent > 0, let count = try stream.write(buffer.span.extracting(first: min(buffer.count, unsent))) {
      unsent -= count
    }
    while unread > 0, let count = try stream.read(into: buffer.mutableSpan) {
      if count == 0 { fail("a connection has ended early") }
      unread -= count
    }
    return unread == 0
  }
}

/// Runs a simulation from its making to its end, and returns its trace.
func simulate(connections: Int, bytes: Int, keeping retention: Trace.Retention) throws(IOError) -> Trace {
  let simulation = Simulation(seed: 1, keeping: retention)
  let (near, far) = (simulation.machine("server"), simulation.machine("client"))
  let address = SocketAddress(IPv4Address.unspecified, port: 7)
  var server = try EchoServer<KqueueSimSelector>(bindingTo: address, on: near.kernel)
  var poll = try KqueueSimSelector.Poll(on: far.kernel)
  var clients = Slab<Client>()
  var buffer = [UInt8](repeating: 7, count: 16_384)
  var events = KqueueSimSelector.Events(capacity: 1024)
  for _ in 0..<connections {
    var stream = try KqueueSimSelector.TCPStream(connectingTo: SocketAddress(near.address, port: 7), on: far.kernel)
    try poll.registry.register(&stream, token: clients.nextToken, interests: [.readable, .writable])
    clients.insert(Client(stream: stream, unsent: bytes, unread: bytes))
  }
  while !clients.isEmpty {
    try server.turn(&events, timeout: .zero)
    try poll.wait(into: &events, timeout: .zero)
    while let event = events.popFirst() {
      let isDone = try clients.update(event.token) { client throws(IOError) in try client.advance(&buffer) }
      if isDone == true { clients.remove(event.token) }
    }
  }
  return simulation.trace
}

func runSimulation(_ options: Options) throws(IOError) {
  let retention = options.form == "ring" ? Trace.Retention.last(10_000) : .none
  var trace = Simulation(seed: 1).trace
  for _ in 0..<options.rounds {
    trace = try simulate(connections: options.connections, bytes: options.bytes, keeping: retention)
  }
  print("digest=\(String(trace.digest, radix: 16)) records=\(trace.count)")
}

/// Connects to the server, sends a message of 64 bytes at a time, and waits for each to come back: a program of its own.
func exchange(_ address: SocketAddress, messages: Int) throws(IOError) {
  var poll = try KqueueSimSelector.Poll()
  var events = KqueueSimSelector.Events(capacity: 4)
  var client = Client(stream: try KqueueSimSelector.TCPStream(connectingTo: address), unsent: 0, unread: 0)
  try poll.registry.register(&client.stream, token: 0, interests: [.readable, .writable])
  try poll.wait(into: &events)
  var buffer = [UInt8](repeating: 7, count: 64)
  for _ in 0..<messages {
    (client.unsent, client.unread) = (64, 64)
    while try !client.advance(&buffer) { try poll.wait(into: &events) }
  }
}

/// Runs simulations of the server and its clients, each on a thread of its own.
func runPrograms(simulations: Int, clients: Int, messages: Int) throws {
  var (digest, records) = (0 as UInt64, 0 as UInt64)
  for seed in 0..<UInt64(simulations) {
    let simulation = Simulation(seed: seed)
    let machine = simulation.machine("server")
    machine.start(.service) { () throws(IOError) in
      var server = try EchoServer<KqueueSimSelector>(bindingTo: SocketAddress(IPv4Address.unspecified, port: 7))
      try server.run()
    }
    let address = SocketAddress(machine.address, port: 7)
    let programs = (0..<clients).map { number in
      simulation.machine("client \(number)").start { try exchange(address, messages: messages) }
    }
    try simulation.run()
    for program in programs { try program.get() }
    (digest, records) = (digest &* 31 &+ simulation.trace.digest, records + simulation.trace.count)
  }
  print("digest=\(String(digest, radix: 16)) records=\(records)")
}

run(
  ends: ["own"],
  [
    "simulation": runSimulation,
    "seeds": { try runPrograms(simulations: $0.rounds, clients: 3, messages: 3) },
    "exchange": { try runPrograms(simulations: 1, clients: 1, messages: $0.rounds) },
  ])
