import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

#if !hasFeature(Embedded)
import Dispatch
#endif

/// What stops the program says why, in debug and in release.
@Suite("Simulation: what stops the program")
struct StopTests {
  #if !hasFeature(Embedded)
  // The threads are of Dispatch.
  @Test("Two threads in one simulation at once stop the program")
  func twoThreads() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      useAtOnce(Simulation(seed: 17))
    }
    expectTrap(result, "Two threads use the simulation with seed 17 at once. Run a simulated program on one")
  }
  #endif

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

  #if !hasFeature(Embedded)
  // In Embedded Swift, the kernel's clock is no `Clock`, and no task can sleep.
  @Test("TIME-04 A task that would sleep on a machine's clock stops the program, also until a moment that has passed")
  func sleep() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let clock = KernelClock(on: Simulation().machine("sleeper").kernel)
      try await clock.sleep(until: clock.now)
    }
    expectTrap(
      result,
      "Code on the machine \"sleeper\" would suspend its task, but only a poll's wait moves simulated time. "
        + "Wait in a poll with a timeout: `poll.wait(into: &events, timeout: clock.now.duration(to: deadline))`.")
  }
  #endif

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

  @Test("C16 Two queues that watch each other stop the program on NetBSD, whose kernel panics")
  func mutualWatching() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let kernel = KernelProfile.netBSD.machine()
      let (first, second) = (try Queue(on: kernel), try Queue(on: kernel))
      first.change(.read(second.descriptor, .add))
      second.change(.read(first.descriptor, .add))
    }
    expectTrap(
      result,
      "Two event queues of the machine \"machine\" watch each other, which makes the kernel of NetBSD panic. "
        + "Let only one of them watch the other.")
  }

  @Test("Actions that schedule each other for the same moment stop the program that is in no wait")
  func endlessActions() async {
    let advancing = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation(seed: 6)
      simulation.mostIdleCalls = 1_000
      scheduleAgain(simulation)
      simulation.advance(by: .seconds(1))
    }
    expectTrap(
      advancing,
      "More than 1000 actions have run at 0 ms, seed 6, because actions schedule each other for the same moment. "
        + "Schedule the next one for a later time.")
    let calling = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation(seed: 7)
      let kernel = simulation.machine("a").kernel
      simulation.mostIdleCalls = 1_000
      simulation.callCost = .milliseconds(2)
      scheduleAgain(simulation)
      _ = try kernel.openPipe()
    }
    expectTrap(calling, "More than 1000 actions have run at 2 ms, seed 7, because actions schedule each other")
  }

  @Test("Calls that would block, without a wait, stop the program")
  func blockedCalls() async {
    let reading = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation(seed: 8)
      simulation.mostIdleCalls = 1_000
      let ends = try PipeEnds(on: simulation.machine("server").kernel)
      var buffer: [UInt8] = [0]
      while try ends.reader.read(into: buffer.mutableSpan) == nil {}
      withExtendedLifetime(ends.writer.rawDescriptor) {}
    }
    expectTrap(
      reading,
      "The program on \"server\" has made 1000 calls that would block, without a wait in between. The last one is read "
        + "on descriptor 3 (pipe, reading end, 0 B), at 0 ms, seed 8. No time passes, so nothing can change. Wait for an "
        + "event of the descriptor before you call again.")
    let accepting = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation()
      simulation.mostIdleCalls = 1_000
      simulation.callCost = .nanoseconds(1)
      let local = SocketAddress(IPv4Address.loopback, port: 80)
      let listener = try TCPListener(bindingTo: local, on: simulation.machine("server").kernel)
      while true { _ = try listener.accept() }
    }
    expectTrap(accepting, "The last one is accept on descriptor 3 (tcp 127.0.0.1:80 listening, 0 waiting)")
  }

  @Test("A number of records and a draw below 0, and one machine too many stop the program")
  func others() async {
    let traces = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Simulation(keeping: .last(-1))
    }
    expectTrap(traces, "A trace cannot keep -1 records. Give a number of 0 or more.")
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

#if !hasFeature(Embedded)
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
#endif

/// Schedules an action that schedules itself for the same moment.
private func scheduleAgain(_ simulation: Simulation) {
  simulation.schedule(after: .zero) { scheduleAgain(simulation) }
}
