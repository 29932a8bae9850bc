#if os(Linux)
import Glibc
import MetalSystem
import Testing

@testable import MetalSimulationTesting

/// Tests that fail and crash, for the child processes of ``ProcessTests``.
@Suite(
  "Probes", .enabled(if: environmentValue("METAL_SIMULATION_PROBES") != nil, "These tests run in child processes."))
struct Probes {
  /// The least seed that crashes.
  private static let seed: UInt64 = 2

  @Test(.simulated(seeds: 5)) func trapInProgram() throws {
    let simulation = Simulation.current
    let list = [1, 2, 3]
    let index = Int(simulation.seed) + 1
    simulation.machine("server").start(.client) { readElement(of: list, at: index) }
    try simulation.run()
  }

  @Test(.simulated(seeds: 5)) func trapInLaterProgram() throws {
    let simulation = Simulation.current
    let machine = simulation.machine("server")
    machine.start(.client) {
      machine.start(.client) { if Simulation.current.seed == Self.seed { fatalError("the program gives up") } }
    }
    try simulation.run()
  }

  @Test(.simulated(seeds: 5)) func trapInBody() {
    let number: UInt64? = Simulation.current.seed == Self.seed ? nil : 1
    #expect(number! == 1)
  }

  @Test(.simulated(seeds: 5)) func trapAfterSuspension() async {
    await Task.yield()
    async let child: Void = Task.yield()
    await child
    let sum = Simulation.current.seed + (UInt64.max - 1)
    #expect(sum > 1)
  }

  @Test(.simulated(seeds: 5)) func trapInAction() throws {
    let simulation = Simulation.current
    let machine = simulation.machine("server")
    machine.schedule(after: .seconds(1)) { precondition(Simulation.current.seed != Self.seed, "no such seed") }
    machine.start(.client) {}
    machine.start(.client) { try pause(.seconds(2)) }
    try simulation.run()
  }

  @Test(.simulated(seeds: 5)) func abortion() throws {
    let simulation = Simulation.current
    simulation.machine("server").start(.client) { if simulation.seed == Self.seed { abort() } }
    try simulation.run()
  }

  @Test(.simulated(seeds: 5)) func badAddress() throws {
    let simulation = Simulation.current
    simulation.machine("server").start(.client) {
      // Safety: none; the process ends here.
      if simulation.seed == Self.seed { unsafe UnsafeMutablePointer<Int>(bitPattern: 8)?.pointee = 1 }
    }
    try simulation.run()
  }

  @Test(.simulated(seeds: 5)) func trapOnOtherThread() {
    if Simulation.current.seed == Self.seed { SystemThread { fatalError("no test's thread") }.join() }
  }

  @Test func noSimulation() {
    _ = Simulation.current
  }

  @Test(.simulated(seeds: 5)) func cancellation() throws {
    print("running with \(Simulation.current.seed)")
    if Simulation.current.seed == Self.seed { try Test.cancel("enough") }
  }

  @Test(.simulated(seeds: 5)) func failure() throws {
    print("running with \(Simulation.current.seed)")
    try exchange()
    #expect(Simulation.current.seed < 4)
  }
}

@inline(never)
private func readElement(of list: [Int], at index: Int) {
  _ = list[index]
}
#endif
