import MetalSimulation
import Testing

@Suite("Programs")
struct ProgramTests {
  @Test("A run lasts until all clients have their answers, and leaves no descriptor")
  func serverAndClients() throws {
    let simulation = Simulation(seed: 1)
    let server = simulation.machine("server")
    server.start(.service) { try serve() }
    let address = SocketAddress(server.address, port: 80)
    let clients = (1...3).map { number in
      simulation.machine("client \(number)").start { try fetch(address, messages: number) }
    }
    #expect(clients.map(\.state) == [.notStarted, .notStarted, .notStarted])
    #expect(simulation.trace.count == 0, "outside of the run nothing moves")
    try simulation.run()
    #expect(try clients.map { try $0.get() } == [100, 200, 300])
    #expect(clients.map(\.state) == [.ended, .ended, .ended])
    #expect(server.kernel.descriptorCount == 0)
    #expect(clients.map(\.machine.kernel.descriptorCount) == [0, 0, 0])
  }

  @Test("A service that waits at the end is ended by an error of its own, and drops what it has opened")
  func endOfService() throws {
    let simulation = Simulation()
    let server = simulation.machine("server")
    let service = server.start(.service) { try serve() }
    simulation.machine("client").start(.client) { try pause(.seconds(2)) }
    try simulation.run()
    #expect((service.error as? IOError)?.kind == .simulationEnded)
    #expect(service.state == .ended)
    #expect(server.kernel.descriptorCount == 0)
    #expect(simulation.now == .seconds(2))
  }

  @Test("The error of a client is the client's, and the run goes on")
  func failingClient() throws {
    let simulation = Simulation()
    let server = simulation.machine("server")
    let refused = simulation.machine("client").start { try fetch(SocketAddress(server.address, port: 80)) }
    let other = simulation.machine("other").start { () throws(IOError) -> Int in
      try pause(.seconds(1))
      return 42
    }
    try simulation.run()
    #expect((refused.error as? IOError)?.kind == .connectionRefused)
    #expect(throws: IOError.self) { try refused.get() }
    #expect(try other.get() == 42)
  }

  @Test("The error of a service ends the run")
  func failingService() throws {
    struct Failure: Error {}
    let simulation = Simulation()
    simulation.machine("server").start(.service, named: "store") { throw Failure() }
    let client = simulation.machine("client").start { try waitForEver() }
    let error = #expect(throws: RunError.self) { try simulation.run() }
    #expect(error?.kind == .programFailed)
    #expect(error?.failure?.program == "store")
    #expect(error?.failure?.error is Failure)
    #expect(error?.description == "The program \"store\" has failed: Failure()")
    #expect((client.error as? IOError)?.kind == .simulationEnded)
  }

  @Test("The error of a client whose result nobody need ask for ends the run")
  func failingClientWithRole() throws {
    let simulation = Simulation()
    simulation.machine("a").start(.client) { throw IOError(.notFound) }
    let other = simulation.machine("b").start { try waitForEver() }
    let error = #expect(throws: RunError.self) { try simulation.run() }
    #expect(error?.kind == .programFailed)
    #expect((error?.failure?.error as? IOError)?.kind == .notFound)
    #expect((other.error as? IOError)?.kind == .simulationEnded)
  }

  @Test("Several programs of one machine are its threads: one wakes the other's poll")
  func threadsOfOneMachine() throws {
    let simulation = Simulation()
    let machine = simulation.machine("a")
    let waker = Shared<Waker?>(nil)
    let waiter = machine.start { () throws(IOError) -> UInt in
      var poll = try Poll()
      var events = Events(capacity: 4)
      waker.value = try poll.registry.makeWaker(token: 7)
      try poll.wait(into: &events)
      return events.first?.token.rawValue ?? 0
    }
    let other = machine.start { () throws(IOError) in
      try pause(.milliseconds(5))
      try waker.value?.wake()
    }
    try simulation.run()
    #expect(try waiter.get() == 7)
    #expect(waiter.name == "a")
    #expect(other.name == "a 2")
    #expect(other.error == nil)
    #expect(simulation.now == .milliseconds(5))
  }

  @Test("Programs that wait for a time go on in the order of their times")
  func timers() throws {
    let simulation = Simulation()
    let order = Shared<[Int]>([])
    for (index, time) in [30, 10, 20].enumerated() {
      simulation.machine("\(index)").start(.client) {
        try pause(.milliseconds(time))
        order.value.append(time)
      }
    }
    try simulation.run()
    #expect(order.value == [10, 20, 30])
    #expect(simulation.now == .milliseconds(30))
  }

  @Test("An action runs while programs wait, and may wait itself for what they do")
  func actions() throws {
    let simulation = Simulation()
    let server = simulation.machine("server")
    server.start(.service) { try serve() }
    let address = SocketAddress(server.address, port: 80)
    let fetched = simulation.machine("client").schedule(after: .milliseconds(3)) { () throws(IOError) in
      try fetch(address)
    }
    simulation.machine("other").start(.client) { try pause(.milliseconds(10)) }
    try simulation.run()
    #expect(try fetched.get() == 300)
    #expect(simulation.now == .milliseconds(10))
  }

  @Test("An action that is due runs when something waits, and not before a call that takes no time")
  func actionsWithoutDelay() throws {
    let simulation = Simulation()
    let client = simulation.machine("a").start { () throws(IOError) -> [Bool] in
      let action = simulation.schedule(after: .zero) {}
      let ends = try PipeEnds()
      try ends.reader.close()
      let ranBeforeCall = action.hasRun
      try pause(.zero)
      return [ranBeforeCall, action.hasRun]
    }
    try simulation.run()
    #expect(try client.get() == [false, true])
  }

  @Test("A program starts another one during the run, and an action does")
  func startingDuringTheRun() throws {
    let simulation = Simulation()
    let (first, second) = (simulation.machine("first"), simulation.machine("second"))
    let inner = Shared<Program<Duration>?>(nil)
    let restarted = Shared<Program<Duration>?>(nil)
    simulation.schedule(after: .seconds(2)) {
      restarted.value = second.start {
        try pause(.seconds(1))
        return simulation.now
      }
    }
    first.start(.client) { () throws(IOError) in
      try pause(.seconds(1))
      inner.value = first.start { simulation.now }
      try pause(.seconds(1))
    }
    try simulation.run()
    #expect(try inner.value?.get() == .seconds(1))
    #expect(try restarted.value?.get() == .seconds(3))
  }

  @Test("A program that asks without waiting lets others go on, and finds what they have done")
  func spinning() throws {
    let simulation = Simulation()
    let machine = simulation.machine("a")
    let flag = Shared(false)
    let poller = machine.start { () throws(IOError) -> Int in
      var poll = try Poll()
      var events = Events(capacity: 1)
      var count = 0
      while !flag.value {
        try poll.wait(into: &events, timeout: .zero)
        count += 1
      }
      return count
    }
    let reader = machine.start { () throws(IOError) -> Int in
      let ends = try PipeEnds()
      var buffer: [UInt8] = [0]
      var count = 0
      while !flag.value, try ends.reader.read(into: buffer.mutableSpan) == nil { count += 1 }
      return count
    }
    machine.start(.client) {
      try pause(.microseconds(20))
      flag.value = true
    }
    try simulation.run()
    // A microsecond each, until the flag is set.
    #expect(try poller.get() >= 20)
    #expect(try reader.get() > 0)
  }

  @Test("A failed expectation in a program, and in an action, belongs to the test")
  func expectations() throws {
    let simulation = Simulation()
    let machine = simulation.machine("a")
    let program = machine.start { Test.current?.name }
    let action = machine.schedule(after: .seconds(1)) { Test.current?.name }
    machine.start(.client) { try pause(.seconds(2)) }
    try simulation.run()
    #expect(try program.get() == "expectations()")
    #expect(action.get() == "expectations()")
    withKnownIssue {
      let simulation = Simulation()
      simulation.machine("a").start(.client) { #expect(Bool(false), "said by a program") }
      try simulation.run()
    }
  }

  @Test("Task-local values reach the program, and its own do not reach others")
  func taskLocals() throws {
    enum Local { @TaskLocal static var value = 0 }
    let simulation = Simulation()
    let machine = simulation.machine("a")
    let programs = (1...3).map { number in
      machine.start { () throws -> [Int] in
        let outer = Local.value
        return try Local.$value.withValue(number) {
          try pause(.milliseconds(number))
          return [outer, Local.value]
        }
      }
    }
    try Local.$value.withValue(9) { try simulation.run() }
    #expect(try programs.map { try $0.get() } == [[9, 1], [9, 2], [9, 3]])
  }
}
