import MetalSimulationTesting
import Testing

// The examples of the article "Testing with simulated machines", word for word, with checks of the article's claims.

@Suite("Testing with simulated machines")
struct TestingWithSimulatedMachines {
  // MARK: The smallest simulated test

  @Test(.simulated(seeds: 200)) func everyClientIsGreeted() throws {
    let simulation = Simulation.current
    let server = simulation.machine("server")
    server.start(.service) { try serve(port: 80) }
    let address = SocketAddress(server.address, port: 80)
    let clients = (1...3).map { number in
      simulation.machine("client \(number)").start { try fetch(address) }
    }
    try simulation.run(atMost: .seconds(60))
    for client in clients { #expect(try client.get() == "hello") }
  }

  /// Greets each client and closes the connection.
  func serve(port: UInt16) throws(IOError) {
    var poll = try Poll()
    var events = Events(capacity: 16)
    var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.unspecified, port: port))
    try poll.registry.register(&listener, token: 0, interests: .readable)
    while true {
      do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
      while let accepted = try listener.accept() {
        _ = try accepted.stream.write("hello".utf8.span)  // a new connection has room for five bytes
        try accepted.stream.close()
      }
    }
  }

  /// Connects to a server and returns the text that it sends.
  func fetch(_ address: SocketAddress) throws(IOError) -> String {
    var poll = try Poll()
    var events = Events(capacity: 4)
    var stream = try TCPStream(connectingTo: address)
    try poll.registry.register(&stream, token: 0, interests: [.readable, .writable])
    var text: [UInt8] = []
    while true {
      do throws(IOError) { try poll.wait(into: &events) } catch .interrupted { continue }
      if let error = try stream.takePendingError() { throw error }
      while let count = try stream.read(appendingTo: &text, atMost: 4_096) {
        guard count == 0 else { continue }
        try stream.close()
        return String(decoding: text, as: UTF8.self)
      }
    }
  }

  @Test(.simulated(seeds: 200, turns: Turns(.random))) func clientsThatTryAgainAreGreeted() throws {
    let simulation = Simulation.current
    let server = simulation.machine("server")
    server.start(.service) { try serve(port: 80) }
    let address = SocketAddress(server.address, port: 80)
    let client = simulation.machine("client").start { () throws(IOError) in
      while true {
        do throws(IOError) { return try fetch(address) } catch .connectionRefused {}
        var poll = try Poll()
        var events = Events(capacity: 1)
        try poll.wait(into: &events, timeout: .seconds(1))
      }
    }
    try simulation.run()
    #expect(try client.get() == "hello")
  }

  // MARK: Faults

  @Test(.simulated(seeds: 20)) func theClientGivesUp() throws {
    let simulation = Simulation.current
    let (server, client) = (simulation.machine("server"), simulation.machine("client"))
    server.reachability = .silent
    let text = client.start { [address = server.address] in try fetch(SocketAddress(address, port: 80)) }
    try simulation.run()
    #expect((text.error as? IOError)?.kind == .timedOut)
    #expect(simulation.now == .seconds(75))
  }

  @Test(.simulated(seeds: 20)) func aResetReachesTheClient() throws {
    let simulation = Simulation.current
    let server = simulation.machine("server")
    server.start(.service) { try reset(port: 80) }
    let address = SocketAddress(server.address, port: 80)
    let text = simulation.machine("client").start { try fetch(address) }
    try simulation.run()
    #expect((text.error as? IOError)?.kind == .connectionReset)
  }

  /// Resets the connection of each client.
  func reset(port: UInt16) throws(IOError) {
    var poll = try Poll()
    var events = Events(capacity: 16)
    var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.unspecified, port: port))
    try poll.registry.register(&listener, token: 0, interests: .readable)
    while true {
      try poll.wait(into: &events)
      while let accepted = try listener.accept() {
        try accepted.stream.setOption(.linger, to: .zero)
        try accepted.stream.close()
      }
    }
  }

  @Test(.simulated(seeds: 20)) func aSignalChangesNothing() throws {
    let simulation = Simulation.current
    let (server, client) = (simulation.machine("server"), simulation.machine("client"))
    simulation.setLatency(server, client, to: .milliseconds(20))
    server.start(.service) { try serve(port: 80) }
    let text = client.start { [address = server.address] in try fetch(SocketAddress(address, port: 80)) }
    simulation.schedule(after: .milliseconds(10)) { client.kernel.interrupt() }
    try simulation.run()
    #expect(try text.get() == "hello")
    #expect(simulation.now == .milliseconds(80))
  }

  @Test func smallBuffers() throws {
    var profile = KernelProfile.macOS
    profile.tcp.sendBuffer = 2_048
    let simulation = Simulation(profile: profile)
    let server = simulation.machine("server")
    server.start(.service) { try serve(port: 80) }
    let address = SocketAddress(server.address, port: 80)
    let text = simulation.machine("client").start { try fetch(address) }
    try simulation.run()
    #expect(try text.get() == "hello")
  }

  @Test func theClientRunsOutOfPorts() throws {
    var profile = KernelProfile.macOS
    profile.ports.ephemeral = 50_000...50_003
    let simulation = Simulation(profile: profile)
    let server = simulation.machine("server")
    server.start(.service) { try serve(port: 80) }
    let address = SocketAddress(server.address, port: 80)
    let client = simulation.machine("client").start { () throws(IOError) in
      for _ in 0..<5 { try TCPStream(connectingTo: address).close() }
    }
    try simulation.run()
    #expect((client.error as? IOError)?.kind == .addressNotAvailable)
    #expect(
      simulation.diagnosis?.reason == """
        of the ports 50000 to 50003, open sockets use 0 and closed connections in TIME_WAIT 4; the first is free at 30000 ms
        """)
  }

  // MARK: Time

  @Test(.simulated(seeds: 20)) func theTimerFires() throws {
    let simulation = Simulation.current
    simulation.machine("client").start(.client) { try waitForADay() }
    try simulation.run(atMost: .seconds(100_000))
    #expect(simulation.now == .seconds(86_400))
  }

  /// Waits until a day has passed.
  func waitForADay() throws(IOError) {
    var poll = try Poll()
    var events = Events(capacity: 4)
    let clock = KernelClock()
    let deadline = clock.now.advanced(by: .seconds(86_400))
    while clock.now < deadline {
      do throws(IOError) {
        try poll.wait(into: &events, timeout: clock.now.duration(to: deadline))
      } catch .interrupted {
        continue
      }
    }
  }

  // MARK: Actions

  @Test func actionsRunAtTheirTime() throws {
    let simulation = Simulation(seed: 1)
    let (server, client) = (simulation.machine("server"), simulation.machine("client"))
    simulation.schedule(after: .seconds(1)) { server.reachability = .silent }  // runs on no machine
    let port = client.schedule(after: .seconds(2)) { () throws(IOError) in  // runs on the client
      try UDPSocket(bindingTo: SocketAddress(IPv4Address.unspecified, port: 53)).localAddress.port
    }
    #expect(try port.get() == nil)  // nil until the action has run
    simulation.advance(by: .seconds(3))
    #expect(try port.get() == 53)  // the value of the action, or the error
    #expect(server.reachability == .silent)
  }

  // MARK: Closing

  @Test func everySourceIsClosed() throws {
    let simulation = Simulation(seed: 1)
    let server = simulation.machine("server")
    server.start(.client) { () throws(IOError) in
      var poll = try Poll()
      var events = Events(capacity: 1)
      let socket = try UDPSocket(bindingTo: SocketAddress(IPv4Address.unspecified, port: 53))
      try poll.wait(into: &events, timeout: .seconds(1))
      try socket.close()
      _ = consume poll
    }
    try simulation.run()
    #expect(simulation.trace.closesByDrop.isEmpty)  // every source is closed by close()
  }
}
