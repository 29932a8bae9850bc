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

  @Test("A client fetches the line of a server on another machine, after three ways through the network")
  func fetches() throws {
    // The server runs within the client's first wait, before the request to connect has arrived.
    let serving = server.schedule(after: .milliseconds(10)) { () throws(IOError) in try serve(port: 13, clients: 1) }
    let line = try client.run { () throws(IOError) in
      try fetch(SocketAddress(server.address, port: 13))
    }
    // The server has listened since 10 ms, and the connection is established there at 60 ms.
    #expect(line == "up for 0.05 seconds\n")
    #expect(simulation.now == .milliseconds(80))
    #expect(try serving.get() != nil)
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
