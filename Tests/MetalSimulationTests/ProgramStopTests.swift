import Dispatch
import MetalSimulation
import Testing

/// What stops the process says why, in debug and in release.
@Suite("Programs: what stops the process")
struct ProgramStopTests {
  @Test("A thread that is no program of the run")
  func foreignThread() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation(seed: 5)
      let machine = simulation.machine("a")
      machine.start(.client, named: "main") {
        let done = DispatchSemaphore(value: 0)
        DispatchQueue.global().async {
          _ = machine.kernel.descriptorCount
          done.signal()
        }
        done.wait()
      }
      try simulation.run()
    }
    expectTrap(
      result,
      "A thread that is not a program of the run uses the simulation with seed 5 while the program \"main\" has the turn. "
        + "Start the code of the thread with `machine.start`.")
  }

  @Test("A source of another machine")
  func foreignMachine() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation()
      let other = simulation.machine("b")
      simulation.machine("a").start(.client, named: "main") { () throws(IOError) in
        _ = try UDPSocket(bindingTo: SocketAddress(IPv4Address.unspecified, port: 1), on: other.kernel)
      }
      try simulation.run()
    }
    expectTrap(
      result, "The program \"main\" runs on \"a\", and has called socket on descriptor -1 of another machine. Start a ")
  }

  @Test("A run within the run")
  func nestedRun() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation()
      simulation.machine("a").start(.client) { try simulation.run() }
      try simulation.run()
    }
    expectTrap(
      result, "A program or an action runs the simulation that it is part of. Start further programs by `start`.")
  }

  @Test("A second run")
  func secondRun() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation(seed: 8)
      simulation.machine("a").start(.client) {}
      try simulation.run()
      try simulation.run()
    }
    expectTrap(result, "The simulation with seed 8 has run already. Make a new one for each run.")
  }

  @Test("A start after the end")
  func startAfterEnd() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation()
      let machine = simulation.machine("a")
      machine.start(.client) {}
      try simulation.run()
      machine.start(.client, named: "late") {}
    }
    expectTrap(result, "The program \"late\" was started after the end of the run. Start it before the run, or make a")
  }

  @Test("A program that blocks outside of the library is named, with its last call")
  func blockedOutside() async throws {
    let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
      let simulation = Simulation(seed: 6)
      let lock = DispatchSemaphore(value: 0)
      simulation.machine("a").start(.client, named: "stuck") { () throws(IOError) in
        let ends = try PipeEnds()
        try ends.reader.close()
        // Longer than the watchdog's patience, which is two seconds and may be seen after four.
        _ = lock.wait(timeout: .now() + .seconds(5))
      }
      try simulation.run()
    }
    expectTrap(
      result,
      "The program \"stuck\" of the simulation with seed 6 has its turn and does not use the simulation, so all other "
        + "programs wait. The last call of the program was close on descriptor 3.")
  }
}
