import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

/// A descriptor means something on its own machine alone, and machines give out the same numbers.
@Suite("Simulation: sources and polls of several machines")
struct MachineTests {
  @Test("Registering a source with another machine's poll stops the program, and names both machines")
  func otherMachine() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let simulation = Simulation()
      let (server, client) = (simulation.machine("server").kernel, simulation.machine("client").kernel)
      let poll = try Poll(on: server)
      // Of the same number as this one, which the poll would watch.
      let stranger = try UDPSocket(bindingTo: SocketAddress(IPv4Address.unspecified, port: 0), on: server)
      var socket = try UDPSocket(bindingTo: SocketAddress(IPv4Address.unspecified, port: 0), on: client)
      try poll.registry.register(&socket, token: 1, interests: .readable)
      withExtendedLifetime(stranger.rawDescriptor) {}
    }
    expectTrap(
      result,
      "The source is on the machine \"client\", and the poll waits on \"server\". "
        + "Make both on one machine, by `on:` or in its `run`.")
  }

  @Test("Neither does a poll watch a machine of the same name in another simulation")
  func otherSimulation() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let poll = try Poll(on: Simulation().machine("a").kernel)
      var pipe = try PipeEnds(on: Simulation().machine("a").kernel)
      try poll.registry.register(&pipe.reader, token: 1, interests: .readable)
    }
    expectTrap(result, "The source is on the machine \"a\" of another simulation, and the poll waits on \"a\".")
  }

  @Test("A source's registration with its own machine's poll is not another machine's to change")
  func reregistering() throws(IOError) {
    let simulation = Simulation()
    let (here, there) = (simulation.machine("here").kernel, simulation.machine("there").kernel)
    let poll = try Poll(on: here)
    let other = try Poll(on: there)
    var pipe = try PipeEnds(on: here)
    try poll.registry.register(&pipe.reader, token: 1, interests: .readable)
    expectError(.notFound) { () throws(IOError) in
      try other.registry.reregister(&pipe.reader, token: 2, interests: .readable)
    }
    expectError(.notFound) { () throws(IOError) in try other.registry.deregister(&pipe.reader) }
    try poll.registry.deregister(&pipe.reader)
  }

  @Test("A waker wakes its own poll, from whatever machine or simulation")
  func wakes() throws(IOError) {
    let simulation = Simulation()
    let (server, client) = (simulation.machine("server").kernel, simulation.machine("client").kernel)
    var poll = try Poll(on: server)
    var other = try Poll(on: client)
    var events = Events(capacity: 4)
    let waker = try poll.registry.makeWaker(token: 7)
    for kernel in [client, Simulation().machine("elsewhere").kernel] {
      try kernel.machine.run { () throws(IOError) in try waker.wake() }
      try other.wait(into: &events, timeout: .zero)
      #expect(events.isEmpty)
      try poll.wait(into: &events)
      #expect(events.map(\.token) == [7])
    }
    withExtendedLifetime(waker) {}
  }
}
