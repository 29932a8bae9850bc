import MetalSimulation
import Testing

@Suite("Programs: how a run ends")
struct RunEndTests {
  @Test("A deadlock names every program, what it waits for, and the edge that it has lost")
  func deadlock() throws {
    let simulation = Simulation(seed: 3)
    let (server, client) = (simulation.machine("server"), simulation.machine("client"))
    simulation.setLatency(server, client, to: .milliseconds(1))
    server.start(.service, named: "store") { () throws(IOError) in
      var poll = try Poll()
      var events = Events(capacity: 4)
      var listener = try TCPListener(bindingTo: SocketAddress(IPv4Address.unspecified, port: 80))
      try poll.registry.register(&listener, token: 0, interests: .readable)
      try poll.wait(into: &events)
      guard var accepted = try listener.accept() else { return }
      try poll.registry.register(&accepted.stream, token: 1, interests: .readable)
      // It reads nothing of what arrives.
      while true { try poll.wait(into: &events) }
    }
    let address = SocketAddress(server.address, port: 80)
    let fetching = client.start(named: "fetch") { try fetch(address) }
    let error = #expect(throws: RunError.self) { try simulation.run() }
    #expect(error?.kind == .deadlock)
    let diagnosis = try #require(error?.diagnosis)
    #expect(diagnosis.kind == .deadlock)
    #expect(diagnosis.waiters.map(\.program) == ["store", "fetch"])
    #expect(diagnosis.waiters.map(\.machine) == ["server", "client"])
    #expect(diagnosis.waiters.map(\.call) == ["wait(timeout: none) since 3 ms", "wait(timeout: none) since 4 ms"])
    #expect(diagnosis.lostEdges == ["readable since 3 ms, 100 bytes never read; read until nil"])
    #expect(simulation.diagnosis?.description == diagnosis.description)
    let text = """
      deadlock at 4 ms, seed 3 (nothing scheduled)
        server  store: wait(timeout: none) since 3 ms
          token 0  d4 tcp 0.0.0.0:80 listening, 0 waiting  readable
          token 1  d5 tcp 10.0.0.1:80 ↔ 10.0.0.2:65194, connected, received 100 B, to send 0 B  readable
            LOST EDGE: readable since 3 ms, 100 bytes never read; read until nil
        client  fetch: wait(timeout: none) since 4 ms
          token 0  d4 tcp 10.0.0.2:65194 ↔ 10.0.0.1:80, connected, received 0 B, to send 0 B  readable|writable

      """
    #expect("\(diagnosis)" == text)
    #expect((fetching.error as? IOError)?.kind == .simulationEnded)
  }

  @Test("A run ends at its limit, and the clock stands there")
  func timeLimit() throws {
    let simulation = Simulation()
    simulation.machine("a").start(.client) { try pause(.seconds(10)) }
    let error = #expect(throws: RunError.self) { try simulation.run(atMost: .seconds(3)) }
    #expect(error?.kind == .timeLimit)
    #expect(error?.diagnosis?.waiters.first?.call == "wait(timeout: 10000 ms) since 0 ms")
    #expect(simulation.now == .seconds(3))
  }

  @Test("The error of a run names the programs that had failed before")
  func earlierFailures() throws {
    let simulation = Simulation()
    _ = simulation.machine("a").start { throw IOError(.connectionRefused) }
    _ = simulation.machine("b").start(named: "fetch") { throw IOError(.timedOut) }
    _ = simulation.machine("c").start { try pause(.seconds(10)) }
    let error = #expect(throws: RunError.self) { try simulation.run(atMost: .seconds(3)) }
    #expect(error?.earlierFailures.map { $0.program } == ["a", "fetch"])
    #expect(error?.earlierFailures.map { ($0.error as? IOError)?.kind } == [.connectionRefused, .timedOut])
    let end = """
      The program "a" had failed before: \(IOError(.connectionRefused))
      The program "fetch" had failed before: \(IOError(.timedOut))

      """
    #expect(error?.description.hasSuffix(end) == true)
  }

  @Test("A program that ends a run is named with those that had failed before")
  func earlierFailuresOfAFailedRun() throws {
    let simulation = Simulation()
    _ = simulation.machine("a").start { throw IOError(.connectionRefused) }
    simulation.machine("b").start(.client) {
      try pause(.seconds(1))
      throw IOError(.timedOut)
    }
    let error = #expect(throws: RunError.self) { try simulation.run() }
    let text = """
      The program "b" has failed: \(IOError(.timedOut))
      The program "a" had failed before: \(IOError(.connectionRefused))
      """
    #expect(error?.description == text)
  }

  @Test("A run ends at its limit although a program asks on and on without waiting")
  func timeLimitWhileSpinning() throws {
    let simulation = Simulation()
    simulation.machine("a").start(.client) {
      while true { try pause(.zero) }
    }
    simulation.machine("b").start(.client) { try pause(.seconds(1)) }
    let error = #expect(throws: RunError.self) { try simulation.run(atMost: .milliseconds(1)) }
    #expect(error?.kind == .timeLimit)
  }

  @Test("Programs that wake each other for ever, while no time passes, end the run")
  func livelock() throws {
    let simulation = Simulation()
    simulation.mostIdleCalls = 1_000
    let machine = simulation.machine("a")
    let wakers = Shared<[Waker?]>([nil, nil])
    for index in 0..<2 {
      machine.start(.client) {
        var poll = try Poll()
        var events = Events(capacity: 4)
        wakers.value[index] = try poll.registry.makeWaker(token: 0)
        while true {
          try wakers.value[1 - index]?.wake()
          try poll.wait(into: &events)
        }
      }
    }
    let error = #expect(throws: RunError.self) { try simulation.run() }
    #expect(error?.kind == .livelock)
    #expect(error?.diagnosis?.kind == .livelock)
  }

  @Test("A program that goes on after every error is left behind, and named")
  func parked() async {
    // The thread that is left behind belongs to a process of its own.
    await #expect(processExitsWith: .success) {
      let simulation = Simulation()
      let stubborn = simulation.machine("a").start(.service, named: "stubborn") {
        while true {
          do throws(IOError) { try waitForEver() } catch {}
        }
      }
      let good = simulation.machine("b").start(.service) { try waitForEver() }
      simulation.machine("c").start(.client) { try pause(.seconds(1)) }
      let error = #expect(throws: RunError.self) { try simulation.run() }
      #expect(error?.kind == .parked)
      #expect(error?.parked == ["stubborn"])
      #expect(error?.description.hasPrefix("Programs went on after the end of the run: stubborn. Let ") == true)
      #expect(stubborn.state == .parked)
      #expect(stubborn.result == nil)
      #expect(good.state == .ended)
    }
  }

  @Test("Loops that go on after an interruption end by the error at the end")
  func loopsThatGoOn() throws {
    let simulation = Simulation()
    let service = simulation.machine("a").start(.service) { () throws(IOError) in
      while true {
        do throws(IOError) { try waitForEver() } catch .interrupted { continue }
      }
    }
    simulation.machine("c").start(.client) { try pause(.seconds(1)) }
    try simulation.run()
    #expect((service.error as? IOError)?.kind == .simulationEnded)
  }

  @Test("A program that never got a turn before the end does not begin")
  func neverBegun() throws {
    let simulation = Simulation()
    simulation.machine("a").start(.service) { throw IOError(.other) }
    let never = simulation.machine("b").start { 1 }
    #expect(throws: RunError.self) { try simulation.run() }
    #expect((never.error as? IOError)?.kind == .simulationEnded)
  }

  @Test("A run without programs ends at once, and one of services as well")
  func nothingToDo() throws {
    try Simulation().run()
    let simulation = Simulation()
    let service = simulation.machine("a").start(.service) { try serve() }
    try simulation.run()
    #expect((service.error as? IOError)?.kind == .simulationEnded)
  }

  @Test("Many runs leave no thread, and no simulation")
  func nothingIsLeft() throws {
    weak var last: Simulation?
    for seed in 0..<200 as Range<UInt64> {
      let simulation = Simulation(seed: seed)
      let server = simulation.machine("server")
      server.start(.service) { try serve() }
      let address = SocketAddress(server.address, port: 80)
      let client = simulation.machine("client").start { try fetch(address) }
      try simulation.run()
      #expect(try client.get() == 300)
      last = simulation
    }
    #expect(last == nil)
  }
}
