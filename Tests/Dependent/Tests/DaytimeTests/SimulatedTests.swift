#if SimulatedTests
import Daytime
import MetalIO
import Testing

/// The program on two machines in one process, built with the trait `SimulatedTests`.
@Suite("The program on simulated machines")
struct SimulatedTests {
  private let simulation = Simulation(seed: 1)
  private let server: Machine
  private let client: Machine

  init() {
    server = simulation.machine("server")
    client = simulation.machine("client")
    simulation.setLatency(server, client, to: .milliseconds(20))
  }

  @Test("The short names are those of the simulated kernel, also with ForcePoll")
  func names() {
    let isSimulated = DefaultSelector.self == KqueueSimSelector.self
    #expect(isSimulated)
  }

  @Test("Clients fetch the line of a server on another machine, each after three ways through the network")
  func fetches() throws {
    server.start(.service) { try serve(port: 13) }
    let address = SocketAddress(server.address, port: 13)
    let fetching = client.start { try fetch(address) }
    let again = client.start { () throws(IOError) in
      var poll = try Poll()
      var events = Events(capacity: 1)
      try poll.wait(into: &events, timeout: .seconds(1))
      return try fetch(address)
    }
    try simulation.run()
    // The server listens from the beginning, and a connection is established there after three ways of 20 ms.
    #expect(try fetching.get() == "up for 0.06 seconds\n")
    #expect(try again.get() == "up for 1.06 seconds\n")
    #expect(simulation.now == .milliseconds(1_080))
  }

  @Test("A server is done after so many clients, and closes all that it has opened")
  func ends() throws {
    let serving = server.start { try serve(port: 13, clients: 1) }
    let address = SocketAddress(server.address, port: 13)
    let fetching = client.start { try fetch(address) }
    try simulation.run()
    #expect(try fetching.get() == "up for 0.06 seconds\n")
    #expect(try serving.get() == ())
    #expect(simulation.trace.closesByDrop.isEmpty)
  }

  @Test("A client gives up a silent server at its deadline, to the nanosecond")
  func givesUp() {
    server.reachability = .silent
    let error = #expect(throws: IOError.self) {
      try client.run { () throws(IOError) in try fetch(SocketAddress(server.address, port: 13)) }
    }
    #expect(error?.kind == .timedOut)
    #expect(simulation.now == .seconds(5))
  }

  @Test("A client learns that nobody listens")
  func refused() {
    let error = #expect(throws: IOError.self) {
      try client.run { () throws(IOError) in try fetch(SocketAddress(server.address, port: 13)) }
    }
    #expect(error?.kind == .connectionRefused)
    #expect(simulation.now == .milliseconds(40))
  }
}
#endif
