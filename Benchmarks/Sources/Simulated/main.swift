// metal-simulated simulation [--connections N] [--bytes B] [--rounds R] [--form ring]: what simulating costs.
// metal-simulated programs [--connections N] [--rounds R] [--tokens T]: what programs on threads cost.
// The first makes R simulations of two machines, with the example's echo server on one of them. From the other, N
// connections send B bytes each, and read them back. Both print a digest of the traces, which is the same on every
// machine, and the number of records, of which the ring keeps the last 10,000. The server is part of the module: its
// own names another selector by `@specialized`.

import Harness
import MetalSimulation

/// A connection that sends bytes and reads them back.
struct Client: ~Copyable {
  let stream: KqueueSimSelector.TCPStream
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
func simulate(_ options: Options, keeping retention: Trace.Retention) throws(IOError) -> Trace {
  let simulation = Simulation(seed: 1, keeping: retention)
  let (near, far) = (simulation.machine("server"), simulation.machine("client"))
  let address = SocketAddress(IPv4Address.unspecified, port: 7)
  var server = try EchoServer<KqueueSimSelector>(bindingTo: address, on: near.kernel)
  var poll = try KqueueSimSelector.Poll(on: far.kernel)
  var clients = Slab<Client>()
  var buffer = [UInt8](repeating: 7, count: 16_384)
  var events = KqueueSimSelector.Events(capacity: 1024)
  for _ in 0..<options.connections {
    var stream = try KqueueSimSelector.TCPStream(connectingTo: SocketAddress(near.address, port: 7), on: far.kernel)
    try poll.registry.register(&stream, token: clients.nextToken, interests: [.readable, .writable])
    clients.insert(Client(stream: stream, unsent: options.bytes, unread: options.bytes))
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
  for _ in 0..<options.rounds { trace = try simulate(options, keeping: retention) }
  print("digest=\(String(trace.digest, radix: 16)) records=\(trace.count)")
}

/// Runs the server and its clients as programs on threads, each client with R messages, once for each of T seeds.
func runPrograms(_ options: Options) throws {
  var (digest, records) = (0 as UInt64, 0 as UInt64)
  for seed in 0..<UInt64(options.tokens) {
    let simulation = Simulation(seed: seed)
    let server = simulation.machine("server")
    server.start(.service) { try serve() }
    let clients = (0..<options.connections).map { [address = SocketAddress(server.address, port: 80)] number in
      simulation.machine("client \(number)").start { try fetch(address, messages: options.rounds) }
    }
    try simulation.run()
    for client in clients where try client.get() != options.rounds * 100 { fail("a client has lost bytes") }
    (digest, records) = (digest &* 31 &+ simulation.trace.digest, records + simulation.trace.count)
  }
  print("digest=\(String(digest, radix: 16)) records=\(records)")
}

run(ends: ["own"], ["simulation": runSimulation, "programs": runPrograms])
