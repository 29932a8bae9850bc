import MetalCore
import MetalKqueue
import MetalKqueueSim
import MetalSimulation
import Testing

@Suite("Trace: records")
struct TraceTests {
  /// A client that connects, sends 3 bytes and closes, and the server that accepts it.
  private func converse(latency: Duration, keeping retention: Trace.Retention = .all) throws(IOError) -> Trace {
    let simulation = Simulation(seed: 1, keeping: retention)
    let (server, client) = (simulation.machine("server").kernel, simulation.machine("client").kernel)
    simulation.setLatency(server.machine, client.machine, to: latency)
    let listener = try server.openListener()
    let stream = try client.openClient(listener.port, on: server)
    simulation.advance(by: .milliseconds(10))
    let accepted = try server.accept(listener.descriptor)
    client.send(stream, 3)
    try client.close(stream)
    simulation.advance(by: .milliseconds(10))
    server.receive(accepted)
    simulation.advance(by: .milliseconds(10))
    return simulation.trace
  }

  @Test("A record has the machine, the descriptor, the addresses and the connection")
  func fields() throws(IOError) {
    let trace = try converse(latency: .zero)
    #expect(trace.machines == ["server", "client"])
    let connect = try required(trace.records.first { $0.name == "connect" })
    let accept = try required(trace.records.first { $0.name == "accept" })
    #expect(connect.machine == 1 && connect.descriptor == 3 && connect.connection == 1)
    guard case .internet(let from)? = connect.source, case .internet(let to)? = connect.destination else {
      Issue.record("a connect has two addresses: \(connect)")
      return
    }
    #expect(from.isIPv4 && from.port >= 49_152 && to.port != from.port)
    #expect(accept.machine == 0 && accept.descriptor == 3 && accept.accepted == 4 && accept.connection == 1)
    #expect(accept.source == connect.source && accept.destination == connect.destination)
    for name in ["send", "recv", "close"] {
      #expect(trace.records.first { $0.name == name }?.connection == 1, "\(name)")
    }
  }

  @Test("A packet has records only if it takes time, and names the record that has sent it")
  func packets() throws(IOError) {
    let atOnce = try converse(latency: .zero)
    #expect(!atOnce.records.contains { $0.kind == .sent || $0.kind == .arrived })
    let trace = try converse(latency: .milliseconds(1))
    let sent = trace.records.filter { $0.kind == .sent }
    let arrived = trace.records.filter { $0.kind == .arrived }
    let words = ["SYN", "SYN ACK", "ACK", "segment", "FIN", "ACK"]
    #expect(sent.map(\.name).prefix(5) == words.prefix(5), "\(trace)")
    #expect(arrived.count == sent.count)
    for (first, second) in zip(sent.prefix(5), arrived) {
      #expect(second.cause == .packet(first.number) && second.time == first.time + .milliseconds(1))
      #expect(second.machine == first.peerMachine && second.peerMachine == first.machine)
      #expect(second.source == first.source && second.destination == first.destination && second.connection == 1)
    }
    // The second machine answers what has arrived, and not what its program does.
    #expect(sent[0].cause == .program)
    #expect(sent[1].cause == .packet(arrived[0].number))
  }

  @Test("A refusal and a loss have a record, although they take no time")
  func refusals() throws(IOError) {
    let kernel = Simulation(seed: 1).machine("a").kernel
    _ = try kernel.openClient(9)
    let refusal = try required(kernel.simulation.trace.records.first { $0.kind == .arrived })
    #expect(refusal.name == "RST" && refusal.machine == 0)
    let receiver = try kernel.udp(.loopback, 7, [.receiveBufferSize(20)])
    let sender = try kernel.unboundUDP()
    for _ in 0..<2 { try sender.send([1, 2, 3], to: try receiver.localAddress) }
    let lost = kernel.simulation.trace.records.filter { $0.kind == .lost }
    #expect(lost.map(\.name) == ["datagram"] && lost.first?.result == 3)
  }

  @Test("What an action does names the action, and the action names what has scheduled it")
  func causes() throws(IOError) {
    let simulation = Simulation()
    let machine = simulation.machine("a")
    let kernel = machine.kernel
    machine.schedule(after: .seconds(1)) {
      _ = try? kernel.openPipe()
      machine.schedule(after: .seconds(1)) { _ = try? kernel.openPipe() }
    }
    simulation.advance(by: .seconds(3))
    _ = try kernel.openPipe()
    let records = simulation.trace.records
    #expect(records.map(\.kind) == [.action, .call, .action, .call, .call], "\(simulation.trace)")
    #expect(records.map(\.cause) == [.program, .action(0), .action(0), .action(2), .program])
  }

  @Test("A ring keeps the last records, and the digest covers all")
  func ring() throws(IOError) {
    let all = try converse(latency: .milliseconds(1))
    for kept in [1, 5, 7, Int(all.count), Int(all.count) + 1] {
      let trace = try converse(latency: .milliseconds(1), keeping: .last(kept))
      #expect(trace.records == all.records.suffix(kept))
      #expect(trace.digest == all.digest && trace.count == all.count)
    }
  }

  @Test("A close that came from a drop is marked, and is found")
  func drops() throws(IOError) {
    let simulation = Simulation()
    let machine = simulation.machine("a")
    try machine.run { () throws(IOError) in
      let socket = try UDPSocket(bindingTo: SocketAddress(IPv4Address.loopback, port: 9))
      try socket.close()
      #expect(simulation.trace.closesByDrop.isEmpty)
      let dropped = try UDPSocket(bindingTo: SocketAddress(IPv4Address.loopback, port: 10))
      _ = consume dropped
    }
    let closes = simulation.trace.records.filter { $0.name == "close" }
    #expect(closes.map(\.isDrop) == [false, true])
    #expect(simulation.trace.closesByDrop == Array(closes.suffix(1)))
    #expect(closes.last?.source == .internet(SocketAddress(IPv4Address.loopback, port: 10)))
    #expect(simulation.trace.lanes().contains("close d3 127.0.0.1:10 (dropped) = 0"), "\(simulation.trace)")
  }

  @Test("The first difference names the record, the field and both values")
  func differences() throws(IOError) {
    func trace(_ count: Int, _ times: Int = 3, keeping retention: Trace.Retention = .all) throws(IOError) -> Trace {
      let kernel = Simulation(keeping: retention).machine("a").kernel
      let pipe = try kernel.openPipe()
      for _ in 0..<times { kernel.write(pipe.second, 5) }
      kernel.write(pipe.second, count)
      kernel.read(pipe.first, 4)
      return kernel.simulation.trace
    }
    let first = try trace(7)
    #expect(first.firstDifference(from: try trace(7)) == nil)
    let difference = try required(first.firstDifference(from: try trace(8)))
    #expect(difference.index == 4 && difference.field == "result")
    #expect(difference.value == "7" && difference.other == "8")
    #expect(difference.description == "Record 4 differs in its result: 7 here, 8 in the other trace.")
    let longer = try required(first.firstDifference(from: try trace(7, 4)))
    #expect(longer.index == 4 && longer.field == "result")
    // With a ring, what came before is compared by the digest.
    let kept = try required(try trace(7, keeping: .last(1)).firstDifference(from: try trace(8, keeping: .last(1))))
    #expect(kept.index == 5 && kept.field == "digest")
    #expect(kept.description.hasPrefix("The traces differ before record 5, the first that both keep."))
    #expect(try trace(7, keeping: .none).firstDifference(from: try trace(7)) == nil)
    #expect(try trace(7, keeping: .none).firstDifference(from: try trace(8))?.field == "digest")
  }
}
