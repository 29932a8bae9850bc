import MetalCore
import MetalKqueue
import MetalKqueueSim
import MetalSimulation
import Testing

@Suite("Trace: losses")
struct TraceLossTests {
  @Test("A lost packet, one held behind it, and their repetition have records", arguments: [0, 1])
  func repetition(latency: Int) throws(IOError) {
    let simulation = Simulation(seed: 1)
    let (server, client) = (simulation.machine("server"), simulation.machine("client"))
    simulation.setLatency(server, client, to: .milliseconds(latency))
    let listener = try server.kernel.openListener()
    let stream = try client.kernel.openClient(listener.port, on: server.kernel)
    simulation.advance(by: .milliseconds(5))
    let accepted = try server.kernel.accept(listener.descriptor)
    // Both segments are lost before they leave the machine.
    client.reachability = .silent
    client.kernel.send(stream, 3)
    client.kernel.send(stream, 4)
    client.reachability = .reachable
    let earlier = simulation.trace.count
    simulation.advance(by: .seconds(2))
    let records = simulation.trace.records
    let lost = try required(records.first { $0.kind == .lost })
    #expect(lost.name == "segment" && lost.result == 3 && lost.connection == 1)
    #expect(lost.machine == 0 && lost.peerMachine == 1 && lost.cause == .program)
    let held = try required(records.first { $0.kind == .held })
    #expect(held.name == "segment" && held.result == 4 && held.machine == 1 && held.peerMachine == 0)
    let later = records.suffix(from: Int(earlier))
    #expect(later.first?.kind == .retry && later.first?.machine == 1 && later.first?.connection == 1)
    let kind: TraceRecord.Kind = latency == 0 ? .arrived : .sent
    let repeated = later.filter { $0.kind == kind && $0.name == "segment" }
    #expect(repeated.map(\.result) == [3, 4], "\(simulation.trace)")
    #expect(repeated.map(\.cause) == [.packet(lost.number), .packet(lost.number)])
    #expect(server.kernel.receive(accepted) == .moved(7))
    for text in ["✗ client segment #1 3 B lost", "| server segment #1 4 B held back", "time to send #1 again"] {
      #expect(simulation.trace.lanes().contains(text), "\(simulation.trace)")
    }
    #expect(simulation.trace.jsonLines.contains("\"kind\":\"hold\""))
    #expect(simulation.trace.mermaid().contains("m1-xm0: segment"))
  }

  @Test("The network's answer for a machine out of reach has a record, after the loss")
  func unreachable() throws(IOError) {
    let simulation = Simulation(seed: 1)
    let (server, client) = (simulation.machine("server"), simulation.machine("client"))
    server.reachability = .unreachable
    _ = try client.kernel.openClient(9, on: server.kernel)
    let packets = simulation.trace.records.filter { $0.kind != .call }
    #expect(packets.map(\.kind) == [.lost, .arrived], "\(simulation.trace)")
    #expect(packets.map(\.name) == ["SYN", "host unreachable"] && packets.map(\.machine) == [0, 1])
  }

  @Test("A request to an address that no machine has is lost, and is for no machine")
  func nobody() throws(IOError) {
    let simulation = Simulation(seed: 1)
    let client = simulation.machine("client")
    let stream = try client.kernel.openSocket(.ipv4, .stream)
    try client.kernel.connect(stream, to: SocketAddress(IPv4Address(10, 0, 0, 9), port: 80))
    simulation.advance(by: .seconds(1))
    let records = simulation.trace.records.filter { $0.kind != .call }
    #expect(records.map(\.kind) == [.lost, .retry, .lost], "\(simulation.trace)")
    #expect(records[0].machine == nil && records[0].peerMachine == 0 && records[0].name == "SYN")
    #expect(simulation.trace.lanes().contains("(no machine)  ✗ client SYN #1 lost"))
  }
}
