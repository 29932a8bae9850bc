import EchoServer
import MetalSimulation
import TCPProxy
import Testing
import UnixChat

/// The servers of the examples with clients of theirs, each a program on a machine, unchanged.
@Suite("Programs: the examples")
struct ExampleProgramTests {
  private static let everywhere = IPv4Address.unspecified

  @Test(
    "Clients reach the echo server through the proxy, each on a machine of its own, with drawn latencies and buffers",
    arguments: 0..<20 as Range<UInt64>)
  func proxy(_ seed: UInt64) throws {
    let simulation = Simulation(seed: seed, defaults: .drawn)
    let (server, proxy) = (simulation.machine("server"), simulation.machine("proxy"))
    server.start(.service) { try serve(7) }
    let target = SocketAddress(server.address, port: 7)
    proxy.start(.service) { () throws(IOError) in
      var proxy = try TCPProxy<KqueueSimSelector>(
        bindingTo: SocketAddress(Self.everywhere, port: 80), target: target)
      try proxy.run()
    }
    let address = SocketAddress(proxy.address, port: 80)
    let clients = (1...3).map { number in
      simulation.machine("client \(number)").start { () throws(IOError) in
        // With a high priority, a client would come before the servers.
        try pause(.milliseconds(1))
        return try fetch(address, messages: number, size: 20_000)
      }
    }
    try simulation.run(turns: Turns(seed % 2 == 0 ? .inTurn : .byPriority(changes: 2)))
    #expect(try clients.map { try $0.get() } == [20_000, 40_000, 60_000])
  }

  @Test("The echo server stops when it is told to, and its program returns")
  func stopping() throws {
    let simulation = Simulation()
    let server = simulation.machine("server")
    let stopper = Shared<Waker?>(nil)
    let service = server.start { () throws(IOError) in
      var server = try Server(bindingTo: SocketAddress(Self.everywhere, port: 80))
      stopper.value = try server.makeStopper()
      try server.run()
    }
    let address = SocketAddress(server.address, port: 80)
    let client = simulation.machine("client").start { try fetch(address) }
    let stopped = simulation.schedule(after: .seconds(5)) { () throws(IOError) in try stopper.value?.wake() }
    try simulation.run()
    #expect(try client.get() == 300)
    #expect(try service.get() == ())
    try stopped.get()
    #expect(simulation.now == .seconds(5))
  }

  @Test("Members of the chat hear each other")
  func chat() throws {
    let simulation = Simulation()
    let machine = simulation.machine("chat")
    let address = try UnixAddress(pathname: "/chat")
    machine.start(.service, named: "server") { () throws(IOError) in
      var server = try ChatServer<KqueueSimSelector>(bindingTo: address)
      try server.run()
    }
    let members = (1...2).map { number in
      machine.start(named: "member \(number)") { () throws(IOError) in
        try Self.chat(address, says: "hello from \(number)\n", until: "hello from \(3 - number)\n")
      }
    }
    try simulation.run()
    #expect(
      try members.map { try $0.get() } == [
        "* you are 1\n* 2 has joined\n2: hello from 2\n", "* you are 2\n1: hello from 1\n",
      ])
  }

  /// Joins, says a line once somebody else is there, and returns all that it has heard, up to a line.
  private static func chat(_ address: UnixAddress, says line: String, until end: String) throws(IOError) -> String {
    var poll = try Poll()
    var events = Events(capacity: 4)
    var stream = try UnixStream(connectingTo: address)
    try poll.registry.register(&stream, token: 0, interests: .readable)
    var buffer = [UInt8](repeating: 0, count: 4_096)
    var heard = ""
    var hasSpoken = false
    while !heard.hasSuffix(end) || !hasSpoken {
      try poll.wait(into: &events)
      while let count = try stream.read(into: buffer.mutableSpan), count > 0 {
        heard += String(decoding: buffer[..<count], as: UTF8.self)
      }
      if !hasSpoken, heard.contains("joined") || heard.contains("you are 2") {
        _ = try stream.write(line.utf8.span)
        hasSpoken = true
      }
    }
    return heard
  }
}
