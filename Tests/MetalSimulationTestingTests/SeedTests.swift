import Testing

@testable import MetalSimulationTesting

@Suite("Seeds of a simulated test")
struct SeedTests {
  @Test("Seeds run in order, and the first one twice")
  func order() async throws {
    let seeds = Log<UInt64>()
    let issues = try await issues(.simulated(seeds: 4)) {
      seeds.append(Simulation.current.seed)
      try exchange()
    }
    #expect(issues.isEmpty)
    #expect(seeds.elements == [0, 0, 1, 2, 3])
  }

  @Test("Each hundredth seed runs twice")
  func checkedSeeds() async throws {
    let seeds = Log<UInt64>()
    let issues = try await issues(.simulated(seeds: 202)) { seeds.append(Simulation.current.seed) }
    #expect(issues.isEmpty)
    #expect(seeds.elements.count == 205)
    #expect(seeds.elements.filter { $0.isMultiple(of: 100) } == [0, 0, 100, 100, 200, 200])
  }

  @Test("The first seed that fails runs again aloud, and is the last")
  func firstFailure() async throws {
    let seeds = Log<UInt64>()
    let issues = try await issues(.simulated(seeds: 200)) {
      let seed = Simulation.current.seed
      seeds.append(seed)
      try exchange()
      #expect(seed < 3, "too large")
    }
    #expect(seeds.elements == [0, 0, 1, 2, 3, 3])
    try #require(issues.count == 2)
    #expect(issues[0].text == "too large\nThis is seed 3.")
    let lines = issues[1].text.split(separator: "\n")
    try #require(lines.count == 9)
    #expect(lines[0] == "Seed 3 has failed. Run it alone with")
    #expect(
      lines[1] == "  METAL_SIMULATION=\"seed=3\" swift test --filter MetalSimulationTestingTests.SeedTests/firstFailure"
    )
    #expect(lines[2].hasPrefix("seed 3, macOS, 5 records, digest "))
    #expect(lines[3] == "time           machine")
    #expect(lines[4] == "0 ms           socketpair = 0")
    #expect(lines[8] == "0 ms           close d4 = 0")
  }

  @Test("An error of the body is an issue with the report")
  func thrownError() async throws {
    let issues = try await issues(.simulated(seeds: 3)) {
      try exchange()
      throw IOError(.timedOut)
    }
    try #require(issues.count == 1)
    #expect((issues[0].error as? IOError)?.kind == .timedOut)
    #expect(issues[0].text.hasPrefix("Seed 0 has failed. Run it alone with\n  METAL_SIMULATION=\"seed=0\" swift test "))
    #expect(issues[0].text.contains("socketpair = 0"))
  }

  @Test("An optional that #require does not find is reported once, and then the report")
  func requirement() async throws {
    let issues = try await issues(.simulated(seeds: 3)) { _ = try #require(nil as Int?) }
    try #require(issues.count == 2)
    #expect(issues[0].text == "This is seed 0.")
    #expect(issues[1].error == nil)
    #expect(issues[1].text.hasPrefix("Seed 0 has failed."))
  }

  @Test("The report has the diagnosis of a wait that cannot end")
  func diagnosis() async throws {
    let issues = try await issues(.simulated(seeds: 3)) {
      var poll = try Poll(on: Simulation.current.machine("server").kernel)
      var events = Events(capacity: 1)
      try poll.wait(into: &events)
    }
    try #require(issues.count == 1)
    #expect(issues[0].text.contains("deadlock at 0 ms, seed 0 (nothing scheduled)"))
    #expect(issues[0].text.contains("DEADLOCK"))
  }

  @Test("The report of a run that cannot end has one diagnosis: that of its error")
  func runError() async throws {
    let issues = try await issues(.simulated(seeds: 3)) {
      let simulation = Simulation.current
      simulation.machine("client").start(.client) { () throws(IOError) in
        var poll = try Poll()
        var events = Events(capacity: 1)
        try poll.wait(into: &events)
      }
      try simulation.run()
    }
    try #require(issues.count == 1)
    let error = try #require(issues[0].error as? RunError)
    #expect(error.diagnosis?.waiters.first?.program == "client")
    #expect(!issues[0].text.contains("nothing scheduled"))
  }

  @Test("At most thirty records are shown")
  func lastRecords() async throws {
    let issues = try await issues(.simulated(seeds: 1)) {
      let kernel = Simulation.current.machine("machine").kernel
      for _ in 0..<50 { try UDPSocket(bindingTo: SocketAddress(IPv4Address.loopback, port: 0), on: kernel).close() }
      throw IOError(.timedOut)
    }
    try #require(issues.count == 1)
    let lines = issues[0].text.split(separator: "\n")
    #expect(lines.count == 2 + 2 + 30)
    #expect(lines.last?.contains("close d3") == true)
  }

  @Test("Warnings and known issues do not fail a seed, and are silent")
  func warnings() async throws {
    let seeds = Log<UInt64>()
    let issues = try await issues(.simulated(seeds: 3)) {
      seeds.append(Simulation.current.seed)
      Issue.record("a warning", severity: .warning)
      withKnownIssue { #expect(Bool(false)) }
    }
    #expect(issues.isEmpty)
    #expect(seeds.elements == [0, 0, 1, 2])
  }

  @Test("A test that was cancelled begins no further seed")
  func cancelled() async throws {
    let seeds = Log<UInt64>()
    let found = try await inChildTask {
      try await issues(.simulated(seeds: 9)) {
        seeds.append(Simulation.current.seed)
        if Simulation.current.seed == 1 { cancelTask() }
      }
    }
    #expect(found.isEmpty)
    #expect(seeds.elements == [0, 0, 1])
  }

  @Test("What fails before a test cancels itself is reported")
  func failedAndCancelled() async throws {
    let log = Log<Issue>()
    await #expect(throws: CancellationError.self) {
      try await inChildTask {
        try await issues(.simulated(seeds: 9), log: log) {
          #expect(Simulation.current.seed < 1, "too large")
          if Simulation.current.seed == 1 {
            cancelTask()
            throw CancellationError()
          }
        }
      }
    }
    try #require(log.elements.count == 1)
    #expect(log.elements[0].text.hasPrefix("Seed 1 has failed, then the test was cancelled:\n"))
    #expect(log.elements[0].text.contains("too large"))
  }

  private func cancelTask() {
    // Safety: the task is used within the closure alone.
    unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
  }

  /// Runs an operation in a task of its own, which it may cancel.
  private func inChildTask<R: Sendable>(_ operation: @escaping @Sendable () async throws -> R) async throws -> R {
    async let result = operation()
    return try await result
  }

  @Test("A seed draws buffers and latencies, and programs go on in turn, unless options are given")
  func options() async throws {
    let sizes = Log<Int>()
    let byDefault = Log<[Int]>()
    let drawn = try await issues(.simulated(seeds: 20)) {
      sizes.append(Simulation.current.profile.tcp.sendBuffer)
      byDefault.append(try turnsTaken())
    }
    #expect(drawn.isEmpty)
    #expect(Set(sizes.elements).count > 10)
    #expect(Set(byDefault.elements) == [[0, 1, 2, 0, 1, 2, 0, 1, 2]])

    let orders = Log<[Int]>()
    let given = try await issues(.simulated(seeds: 20, profile: .freeBSD, defaults: .fixed, turns: Turns(.random))) {
      #expect(Simulation.current.profile == .freeBSD)
      orders.append(try turnsTaken())
    }
    #expect(given.isEmpty)
    #expect(Set(orders.elements).count > 10)
  }

  /// The order in which three programs go on that wait without sleeping.
  private func turnsTaken() throws -> [Int] {
    let turns = Log<Int>()
    let simulation = Simulation.current
    for number in 0..<3 {
      simulation.machine("\(number)").start(.client) { () throws(IOError) in
        var poll = try Poll()
        var events = Events(capacity: 1)
        for _ in 0..<3 {
          turns.append(number)
          try poll.wait(into: &events, timeout: .zero)
        }
      }
    }
    try simulation.run()
    return turns.elements
  }
}

@Suite("The trait of a suite", .simulated(seeds: 3, profile: .freeBSD, defaults: .fixed))
struct SuiteTraitTests {
  private static let seeds = Log<UInt64>()

  @Test("A test of the suite has a simulation with the options of the suite")
  func inherited() throws {
    try exchange()
    #expect(Simulation.current.profile == .freeBSD)
  }

  @Test("A test's own trait replaces that of the suite", .simulated(seeds: 5, profile: .netBSD, defaults: .fixed))
  func own() {
    let seed = Simulation.current.seed
    Self.seeds.append(seed)
    #expect(Simulation.current.profile == .netBSD)
    // If both traits had effect, each seed of the suite would run all seeds of the test.
    #expect(Self.seeds.elements.count { $0 == seed } <= 2)
  }
}
