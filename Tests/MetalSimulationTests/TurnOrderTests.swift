import MetalSimulation
import Testing

@Suite("Programs: the order of turns")
struct TurnOrderTests {
  private static let all: [Turns] = [
    Turns(), Turns(passesAtEveryCall: true), Turns(.random), Turns(.random, passesAtEveryCall: true),
    Turns(.byPriority(changes: 3)), Turns(.byPriority(changes: 3), passesAtEveryCall: true),
  ]

  /// Runs a server with three clients, and returns the trace.
  private static func trace(_ seed: UInt64, _ turns: Turns) throws -> Trace {
    let simulation = Simulation(seed: seed)
    let server = simulation.machine("server")
    server.start(.service) { try serve() }
    let address = SocketAddress(server.address, port: 80)
    for number in 1...3 {
      simulation.machine("client \(number)").start(.client) {
        // In a random order, a client may come before its server.
        try pause(.milliseconds(1))
        #expect(try fetch(address) == 300)
      }
    }
    try simulation.run(turns: turns)
    return simulation.trace
  }

  @Test("The same seed gives the same order, and other seeds others", arguments: all)
  func seeds(_ turns: Turns) throws {
    let traces = try (0..<8).map { try Self.trace($0, turns) }
    for (seed, trace) in traces.enumerated() {
      let again = try Self.trace(UInt64(seed), turns)
      #expect(trace.firstDifference(from: again) == nil)
    }
    // Only the choice of ports depends on the seed if the programs go on in turn.
    #expect(Set(traces.map(\.digest)).count == 8)
  }

  @Test("Orders differ from each other, and so does a turn at every call from one at each wait")
  func orders() throws {
    let digests = try Self.all.map { try Self.trace(1, $0).digest }
    #expect(Set(digests).count == Self.all.count)
  }

  /// Two programs count up a number in two steps, with a call between them; returns whether an addition was lost.
  private static func losesAnAddition(_ seed: UInt64, _ turns: Turns) throws -> Bool {
    let simulation = Simulation(seed: seed)
    let machine = simulation.machine("a")
    let number = Shared(0)
    for _ in 0..<2 {
      machine.start(.client) { () throws(IOError) in
        for _ in 0..<3 {
          let old = number.value
          _ = machine.kernel.descriptorCount
          let ends = try PipeEnds()
          number.value = old + 1
          try ends.reader.close()
        }
      }
    }
    try simulation.run(turns: turns)
    return number.value < 6
  }

  @Test("A race between two calls is found where the turn passes at every call, and not otherwise")
  func races() throws {
    for order in [Turns.Order.random, .byPriority(changes: 2)] {
      let found = try (0..<20).filter { try Self.losesAnAddition($0, Turns(order, passesAtEveryCall: true)) }
      #expect(!found.isEmpty, "\(order)")
      #expect(try (0..<20).allSatisfy { try !Self.losesAnAddition($0, Turns(order)) }, "\(order)")
    }
  }

  @Test("A negative number of changes stops the process")
  func negative() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try Simulation().run(turns: Turns(.byPriority(changes: -1)))
    }
    expectTrap(result, "The priorities cannot change -1 times. Give a number of 0 or more.")
  }
}
