import MetalSystem
import Testing

@testable import MetalSimulationTesting

@Suite("Expectations of a simulated test")
struct ExpectationTests {
  @Test("An expectation that fails in a program belongs to the test", arguments: [ProgramRole.client, .service])
  func inProgram(role: ProgramRole) async throws {
    let issues = try await issues(.simulated(seeds: 2)) {
      let simulation = Simulation.current
      simulation.machine("failing").start(role) { expectToFail("in a program") }
      simulation.machine("other").start(.client) {}
      try simulation.run()
    }
    // A service need not have had a turn when the last client ends.
    try #require(role == .client ? issues.count == 2 : [0, 2].contains(issues.count))
    if issues.count == 2 { #expect(issues[0].text.hasPrefix("in a program of inProgram(role:)\nThis is seed ")) }
  }

  @Test("An expectation that fails in an action belongs to the test, whatever thread moves the clock")
  func inAction() async throws {
    let issues = try await issues(.simulated(seeds: 2)) {
      let simulation = Simulation.current
      let machine = simulation.machine("machine")
      simulation.schedule(after: .seconds(1)) { expectToFail("while a program waits") }
      machine.schedule(after: .seconds(3)) { expectToFail("when another program has ended") }
      simulation.schedule(after: .seconds(5)) { expectToFail("outside of a run") }
      machine.start(.client) { try pause(.seconds(2)) }
      machine.start(.client) { try pause(.seconds(4)) }
      try simulation.run()
      simulation.advance(by: .seconds(2))
    }
    try #require(issues.count == 4)
    #expect(issues[0].text == "while a program waits of inAction()\nThis is seed 0.")
    #expect(issues[1].text == "when another program has ended of inAction()\nThis is seed 0.")
    #expect(issues[2].text == "outside of a run of inAction()\nThis is seed 0.")
  }

  /// Records an issue that names the test that it belongs to, if the code belongs to a simulated test.
  private func expectToFail(_ place: String) {
    _ = Simulation.current
    Issue.record("\(place) of \(Test.current?.name ?? "no test")")
  }
}

@Suite("Bodies of simulated tests")
struct BodyTests {
  @Test("An asynchronous body runs once per seed", .simulated(seeds: 3))
  func asynchronous() async throws {
    let seed = Simulation.current.seed
    await Task.yield()
    async let child = Simulation.current.seed
    try exchange()
    #expect(await child == seed)
    #expect(Simulation.current.seed == seed)
  }

  @Test("An asynchronous body's issues are those of the failing seed")
  func asynchronousFailure() async throws {
    let seeds = Log<UInt64>()
    let issues = try await issues(.simulated(seeds: 9)) {
      seeds.append(Simulation.current.seed)
      await Task.yield()
      async let child = Simulation.current.seed
      let seed = await child
      #expect(seed < 2)
    }
    #expect(issues.count == 2)
    #expect(seeds.elements == [0, 0, 1, 2, 2])
  }

  @MainActor
  @Test("A body of the main actor runs there", .simulated(seeds: 2))
  func mainActor() throws {
    MainActor.assertIsolated()
    try exchange()
  }

  @Test("Fifty bodies block at once, and leave the threads of the pool to others", .timeLimit(.minutes(1)))
  func barrier() async throws {
    let arrived = Guarded(0)
    let failures = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<50 {
        group.addTask {
          try await issues(.simulated(seeds: 1), .replay(1)) {
            arrived.withState { $0 += 1 }
            arrived.wakeAll()
            arrived.withState({ _ in }, waitingWhile: { count, _ in count < 50 })
            try exchange()
          }.count
        }
      }
      return try await group.reduce(0, +)
    }
    #expect(failures == 0)
    #expect(arrived.withState { $0 } == 50)
  }

  @Test("Fifty tests run at once", .simulated(seeds: 3), arguments: 0..<50)
  func many(number: Int) throws {
    let simulation = Simulation.current
    let machine = simulation.machine("machine \(number)")
    let programs = (1...3).map { count in machine.start { try pause(.milliseconds(count)) } }
    try simulation.run()
    for program in programs { try program.get() }
    #expect(simulation.now >= .milliseconds(3))
  }
}

/// Waits, without a source.
func pause(_ time: Duration) throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 1)
  try poll.wait(into: &events, timeout: time)
}
