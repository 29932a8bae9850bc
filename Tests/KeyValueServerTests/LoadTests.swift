import MetalSimulationTesting
import Testing

@testable import KeyValueServer

@Suite("Key-value server: load and misbehaving clients", .simulated(seeds: 20))
struct LoadTests {
  @Test("A client that stops reading delays no other client, needs bounded memory, and gets every answer later")
  func slowReader() throws {
    let simulation = Simulation.current
    let buffered = Shared(0)
    let address = simulation.machine("server").startServer { server in
      server.connections.forEach { _, connection in
        buffered.value = max(buffered.value, connection.input.count + connection.output.count)
      }
    }
    let value = String(repeating: "v", count: 20_000)
    let hasStalled = Shared(false)
    simulation.machine("slow reader").start(.client) { () throws(IOError) in
      var client = try Client(address)
      #expect(try client.call("SET", "key", value) == "+OK")
      for _ in 0..<200 { try client.send(command(["GET", "key"])) }
      try client.send(command(["SET", "key", "the end"]))
      try pause(.seconds(60))
      hasStalled.value = true
      for _ in 0..<200 { #expect(try client.answer() == value) }
      #expect(try client.answer() == "+OK")
    }
    simulation.machine("other").start(.client) { () throws(IOError) in
      try pause(.seconds(30))
      var client = try Client(address)
      #expect(try client.call("GET", "key") == value, "the last command must wait until its client reads")
      #expect(!hasStalled.value)
    }
    try simulation.run()
    #expect(buffered.value <= ClientConnection<KqueueSimSelector>.outputLimit + 2 * 20_020)
  }

  @Test("A reset within a command, or with unread answers, disturbs no other connection")
  func reset() throws {
    let simulation = Simulation.current
    let count = Shared(0)
    let address = simulation.machine("server").startServer { server in count.value = server.connections.count }
    let cases = [
      Array("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nval".utf8), (0..<50).flatMap { _ in command(["GET", "big"]) },
    ]
    for (number, bytes) in cases.enumerated() {
      simulation.machine("client \(number)").start(.client) { () throws(IOError) in
        var client = try Client(address)
        #expect(try client.call("SET", "big", String(repeating: "b", count: 30_000)) == "+OK")
        try client.send(bytes)
        try pause(.milliseconds(number * 20))
        try client.reset()
      }
    }
    simulation.machine("other").start(.client) { () throws(IOError) in
      var client = try Client(address)
      for number in 1...20 {
        #expect(try client.call("INCR", "counter") == ":\(number)")
        try pause(.milliseconds(50))
      }
      // After this pause, the server has noticed even the slowest reset.
      try pause(.seconds(60))
      #expect(try client.call("GET", "key") == "$-1")
      #expect(count.value == 1)
    }
    try simulation.run()
  }

  @Test(
    "A client that sends a mebibyte at once does not delay another client",
    .simulated(seeds: 1, profile: .spacious, defaults: .fixed))
  func fairShare() throws {
    let simulation = Simulation.current
    let address = simulation.machine("server").startServer()
    let text = String(repeating: "x", count: 16_000)
    simulation.machine("greedy").start(.client) { () throws(IOError) in
      var client = try Client(address)
      try pause(.seconds(1))
      try client.send((1...64).flatMap { _ in command(["ECHO", text]) } + command(["SET", "key", "value"]))
      for _ in 1...64 { #expect(try client.answer() == text) }
      #expect(try client.answer() == "+OK")
      // Reading this command takes more than one turn. The server writes nothing in these turns, so no event follows.
      #expect(try client.call("SET", "big", String(repeating: "x", count: CommandParser.bulkLimit)) == "+OK")
    }
    simulation.machine("other").start(.client) { () throws(IOError) in
      var client = try Client(address)
      try pause(.seconds(1))
      #expect(try client.call("GET", "key") == "$-1", "the greedy client's last command comes in a later turn")
    }
    try simulation.run()
  }

  @Test(
    "Clients that increment one key at the same time lose no increment", .simulated(seeds: 50, turns: Turns(.random)))
  func increments() throws {
    let simulation = Simulation.current
    let address = simulation.machine("server").startServer()
    let clients = (1...8).map { number in
      simulation.machine("client \(number)").start { () throws(IOError) in
        // The client pauses, so that the server listens first.
        try pause(.milliseconds(1))
        var client = try Client(address)
        var answers: [String] = []
        for _ in 0..<10 {
          try client.send(command(["INCR", "counter"]) + command(["INCR", "counter"]))
          answers += [try client.answer(), try client.answer()]
        }
        return answers
      }
    }
    try simulation.run()
    let answers = try clients.flatMap { try $0.get() }
    #expect(Set(answers) == Set((1...160).map { ":\($0)" }))
  }

  @Test("A stopping server under load answers the arrived commands, and closes all connections", .simulated(seeds: 30))
  func stop() throws {
    let simulation = Simulation.current
    let machine = simulation.machine("server")
    let stopper = Shared<Waker?>(nil)
    let executed = machine.start { () throws(IOError) in
      var server = try Server(bindingTo: SocketAddress(IPv4Address.unspecified, port: 6_379))
      stopper.value = try server.makeStopper()
      try server.run()
      return server.store.value(of: Array("counter".utf8), at: server.clock.now) ?? []
    }
    let address = SocketAddress(machine.address, port: 6_379)
    let clients = (1...4).map { number in
      simulation.machine("client \(number)").start { () throws(IOError) in
        var client = try Client(address)
        var answers = 0
        do throws(IOError) {
          while true {
            try client.send((1...10).flatMap { _ in command(["INCR", "counter"]) })
            for _ in 1...10 {
              #expect(try client.answer().hasPrefix(":"))
              answers += 1
            }
            try pause(.milliseconds(5))
          }
        } catch .connectionAborted {
          // The server closed the connection after its answers.
        } catch .connectionReset, .brokenPipe {
          // The server did not execute commands that arrived after the stop.
        }
        return answers
      }
    }
    simulation.schedule(after: .milliseconds(300)) { () throws(IOError) in try stopper.value?.wake() }
    try simulation.run(atMost: .seconds(10))
    let answers = try clients.map { try $0.get() }.reduce(0, +)
    let count = try #require(Int(String(decoding: try executed.get(), as: UTF8.self)))
    #expect(answers > 0 && answers <= count && count <= answers + 4 * 10)
  }
}

extension KernelProfile {
  /// A system with room for two mebibytes in each TCP buffer.
  fileprivate static var spacious: KernelProfile {
    var profile = KernelProfile.macOS
    profile.tcp.sendBuffer = 2 << 20
    profile.tcp.receiveBuffer = 2 << 20
    return profile
  }
}
