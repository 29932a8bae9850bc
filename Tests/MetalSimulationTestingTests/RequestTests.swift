import MetalSystem
import Testing

@testable import MetalSimulationTesting

@Suite("Variables of the environment")
struct RequestTests {
  @Test("The values that can be read")
  func readable() {
    #expect(SeedRequest(simulation: nil, seeds: nil) == .count(nil))
    #expect(SeedRequest(simulation: nil, seeds: "10000") == .count(10_000))
    #expect(SeedRequest(simulation: "seed=17", seeds: nil) == .replay(17))
    #expect(SeedRequest(simulation: "seed=18446744073709551615", seeds: "9") == .replay(.max))
  }

  @Test("Another value of METAL_SIMULATION", arguments: ["", "17", "seed", "seed=", "seed=-1", "seed=1 ", "turns=2"])
  func unreadableSeed(value: String) {
    let sentence = "METAL_SIMULATION is \"\(value)\", which names no seed. Set it to a number, as in seed=17."
    #expect(SeedRequest(simulation: value, seeds: nil) == .unreadable(sentence))
  }

  @Test("Another value of METAL_SIMULATION_SEEDS", arguments: ["", "0", "-5", "many"])
  func unreadableCount(value: String) {
    let sentence =
      "METAL_SIMULATION_SEEDS is \"\(value)\", which is not a number of seeds. Set it to 1 or more, as in 10000."
    #expect(SeedRequest(simulation: nil, seeds: value) == .unreadable(sentence))
  }

  @Test("A value that cannot be read is an issue, and the body does not run")
  func unreadable() async throws {
    let issues = try await issues(.simulated(), SeedRequest(simulation: "17", seeds: nil)) {
      Issue.record("the body has run")
    }
    #expect(
      issues.map(\.text) == ["METAL_SIMULATION is \"17\", which names no seed. Set it to a number, as in seed=17."])
  }

  @Test("A replay runs one seed once, and reports its issues")
  func replay() async throws {
    let seeds = Log<UInt64>()
    let issues = try await issues(.simulated(seeds: 5), .replay(17)) {
      seeds.append(Simulation.current.seed)
      try exchange()
      Issue.record("a warning", severity: .warning)
      #expect(Bool(false))
    }
    #expect(seeds.elements == [17])
    try #require(issues.count == 3)
    #expect(issues[0].text == "a warning")
    #expect(issues[1].text == "This is seed 17.")
    #expect(issues[2].text.hasPrefix("Seed 17 has failed."))
  }

  @Test("A number of seeds replaces that of the trait")
  func count() async throws {
    let seeds = Log<UInt64>()
    let issues = try await issues(.simulated(seeds: 5), .count(12)) { seeds.append(Simulation.current.seed) }
    #expect(issues.isEmpty)
    #expect(seeds.elements == [0] + (0..<12))
  }

  @Test("The environment is read")
  func environment() {
    #expect(environmentValue("PATH")?.isEmpty == false)
    #expect(environmentValue("METAL_VARIABLE_THAT_NOBODY_SETS") == nil)
  }

  @Test("A filter is the name of a test without its arguments", arguments: [1])
  func filter(ofNumber: Int) throws {
    let report = Report(test: try #require(Test.current))
    #expect(report.filter == "MetalSimulationTestingTests.RequestTests/filter")
  }

  @Test func `a filter with spaces, and (other) signs`() throws {
    let report = Report(test: try #require(Test.current))
    #expect(report.filter == "'MetalSimulationTestingTests.RequestTests/.a filter with spaces. and .other. signs.'")
  }
}
