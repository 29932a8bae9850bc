import Dispatch
import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

/// What stops the program says why, in debug and in release.
@Suite("Simulation: what stops the program")
struct StopTests {
  @Test("Two threads in one simulation at once stop the program")
  func twoThreads() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      useAtOnce(Simulation(seed: 17))
    }
    expectTrap(result, "Two threads use the simulation with seed 17 at once. Run a simulated program on one")
  }

  @Test("Code that no machine runs has no current kernel")
  func noCurrent() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = SimulatedKernel.current
    }
    expectTrap(result, "No simulated kernel is bound here. Wrap the code in `machine.run { … }`")
  }

  @Test("An action for no machine has no current kernel, although a machine waits")
  func noCurrentInAction() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation()
      simulation.schedule(after: .zero) { _ = SimulatedKernel.current }
      simulation.machine("a").run { simulation.advance(by: .zero) }
    }
    expectTrap(result, "No simulated kernel is bound here. Wrap the code in `machine.run { … }`")
  }

  @Test("A second machine of a name stops the program")
  func sameName() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation()
      for name in ["server", "client", "server"] { _ = simulation.machine(name) }
    }
    expectTrap(
      result, "The simulation already has a machine \"server\". Use the one that was made, or give another name.")
  }

  @Test("A latency below zero, and one between machines of two simulations, stop the program")
  func latency() async {
    let negative = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation()
      simulation.setLatency(simulation.machine("a"), simulation.machine("b"), to: .nanoseconds(-1))
    }
    expectTrap(negative, "A latency of -1e-09 seconds would end before it begins. Give a latency of zero or more.")
    let foreign = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation()
      simulation.setLatency(simulation.machine("a"), Simulation().machine("b"), to: .zero)
    }
    expectTrap(foreign, "The machine \"b\" is of another simulation. Set its latency there.")
  }

  @Test("A limit, a cost and a number of descriptors that make no sense stop the program")
  func nonsense() async {
    let limit = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Simulation().mostIdleCalls = 0
    }
    expectTrap(limit, "A limit of 0 idle calls would refuse every poll. Give a limit of 1 or more.")
    let cost = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Simulation().callCost = .seconds(-2)
    }
    expectTrap(cost, "A call cannot take -2.0 seconds. Give a cost of zero or more.")
    let descriptors = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Simulation().machine("a").kernel.descriptorLimit = -3
    }
    expectTrap(descriptors, "A machine cannot have -3 descriptors. Give a limit of 0 or more.")
  }

  @Test("Traces without records, a draw below 0, and one machine too many stop the program")
  func others() async {
    let traces = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let kept = Simulation(seed: 4, keepsRecords: true).trace
      _ = Trace.firstDifference(kept, Simulation(seed: 5).trace)
    }
    expectTrap(traces, "The trace with seed 5 has no records to compare. Make its simulation with")
    let draw = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var stream = Simulation().random("draws")
      _ = stream.next(below: 0)
    }
    expectTrap(draw, "No number is below the bound 0. Give a bound of 1 or more.")
    let machines = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation()
      for number in 0...65_000 { _ = simulation.machine("m\(number)") }
    }
    expectTrap(machines, "The simulation has 65,000 machines, and no address is left for \"m65000\". Make fewer.")
  }
}

/// Uses a simulation on two threads at once.
private func useAtOnce(_ simulation: Simulation) {
  let group = DispatchGroup()
  // Queues, not tasks: on a machine with one processor tasks take turns, and threads interrupt each other.
  for label in ["first", "second"] {
    DispatchQueue(label: label).async(group: group) {
      for _ in 0..<100_000_000 { _ = simulation.now }
    }
  }
  group.wait()
}
