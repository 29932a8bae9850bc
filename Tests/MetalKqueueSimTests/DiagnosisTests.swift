import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Diagnosis")
struct DiagnosisTests {
  @Test("A wait that nothing can end is a deadlock, and says what was overlooked")
  func deadlock() throws(IOError) {
    let simulation = Simulation(seed: 42)
    let server = simulation.machine("server").kernel
    let client = simulation.machine("client").kernel
    simulation.setLatency(server.machine, client.machine, to: .milliseconds(1))
    let queue = try Queue(on: server)
    let listener = try server.openSocket(.ipv4, .stream)
    try server.bind(listener, to: SocketAddress(IPv4Address.unspecified, port: 80))
    try server.listen(listener, backlog: 4)
    queue.change(.read(listener, [.add, .clear], token: 1))
    let stream = try client.openSocket(.ipv4, .stream)
    try client.bind(stream, to: SocketAddress(client.address, port: 4_000))
    try client.connect(stream, to: SocketAddress(server.address, port: 80))
    #expect(queue.wait().map(\.token) == [1])
    let accepted = try server.accept(listener)
    queue.change(.read(accepted, [.add, .clear], token: 2), .write(accepted, [.add, .clear], token: 2))
    client.send(stream, 120)
    #expect(queue.wait().map(\.token) == [2])
    #expect(queue.wait().map(\.token) == [2])
    let answer = queue.kevent([], room: 4, timeout: nil)
    #expect(answer.error == .deadlock)
    // No errno: on Linux, the system's number 11 is another error.
    let error = SimulatedKernel.error(for: answer.result)
    #expect(error == IOError(.deadlock))
    #expect(error.description.hasPrefix("deadlock: the simulated kernel found that nothing can end the wait"))
    let diagnosis = try required(simulation.diagnosis)
    #expect(diagnosis.kind == .deadlock)
    #expect(diagnosis.lostEdges.count == 1)
    #expect(
      diagnosis.description == """
        deadlock at 5 ms, seed 42 (nothing scheduled)
          server  wait(timeout: none) since 4 ms
            token 1  d4 tcp 0.0.0.0:80 listening, 0 waiting  readable
            token 2  d5 tcp 10.0.0.1:80 ↔ 10.0.0.2:4000, connected, received 120 B, to send 0 B  readable|writable
              LOST EDGE: readable since 4 ms, 120 bytes never read; read until nil

        """)
  }

  @Test("A read into no room does not find the end of a stream")
  func endUnread() throws(IOError) {
    let kernel = Simulation().machine("a").kernel
    let queue = try Queue(on: kernel)
    let pair = try kernel.openSocketPair(.stream)
    queue.change(.read(pair.first, [.add, .clear], token: 1))
    try kernel.close(pair.second)
    #expect(queue.told().map(\.token) == [1])
    #expect(kernel.receive(pair.first, 0) == .moved(0))
    #expect(queue.kevent([], room: 1, timeout: nil).error == .deadlock)
    #expect(
      kernel.simulation.diagnosis?.lostEdges == [
        "readable since 0 ms, the end of the stream never read; read until 0"
      ])
    #expect(kernel.receive(pair.first, 1) == .moved(0))
    #expect(queue.kevent([], room: 1, timeout: nil).error == .deadlock)
    #expect(kernel.simulation.diagnosis?.lostEdges == [])
  }

  @Test("A deadlock's diagnosis has the kernel, the time, and the last record of the trace")
  func fields() throws(IOError) {
    let simulation = Simulation(seed: 5, keeping: .all)
    let queue = try Queue(on: simulation.machine("alone").kernel)
    #expect(simulation.diagnosis == nil)
    simulation.advance(by: .microseconds(1_500))
    #expect(queue.kevent([], room: 1, timeout: nil).error == .deadlock)
    let diagnosis = try required(simulation.diagnosis)
    #expect(diagnosis.kind == .deadlock)
    #expect(diagnosis.reason == "nothing scheduled")
    #expect(diagnosis.seed == 5)
    #expect(diagnosis.waiters[0].machine == "alone")
    #expect(diagnosis.time == .microseconds(1_500))
    #expect(diagnosis.waiters[0].call == "wait(timeout: none) since 1.5 ms")
    #expect(diagnosis.sources.isEmpty)
    #expect(diagnosis.description.hasSuffix("    no source is registered\n"))
    #expect(simulation.trace.records.suffix(2).map(\.kind) == [.deadlock, .call])
  }

  @Test("A poll of the library throws the error")
  func poll() throws(IOError) {
    let kernel = Simulation().machine("a").kernel
    var poll = try MetalCore.Poll<KqueueSimSelector>(on: kernel)
    var events = MetalCore.Events<KqueueSimSelector>(capacity: 1)
    do throws(IOError) {
      try poll.wait(into: &events)
      Issue.record("a wait without a timeout has ended")
    } catch {
      #expect(error.kind == .deadlock)
    }
  }

  @Test("Connections that nobody accepts, and an end that nobody reads, are lost edges")
  func lostEdges() throws(IOError) {
    let simulation = Simulation()
    let kernel = simulation.machine("a").kernel
    let queue = try Queue(on: kernel)
    let (listener, port) = try kernel.openListener()
    let pair = try kernel.connectedPair()
    queue.change(.read(listener, [.add, .clear], token: 1), .read(pair.client, [.add, .clear], token: 2))
    for _ in 0..<2 { _ = try kernel.openClient(port) }
    try kernel.close(pair.server)
    #expect(queue.told().count == 2)
    #expect(queue.kevent([], room: 1, timeout: nil).error == .deadlock)
    #expect(
      simulation.diagnosis?.lostEdges == [
        "readable since 0 ms, 2 connections never accepted; accept until nil",
        "readable since 0 ms, the end of the stream never read; read until 0",
      ])
    // What is taken is not lost.
    for _ in 0..<2 { _ = try kernel.accept(listener) }
    try kernel.close(pair.client)
    #expect(queue.kevent([], room: 1, timeout: nil).error == .deadlock)
    #expect(simulation.diagnosis?.lostEdges == [])
  }

  @Test("A wait that an action has interrupted by another one can fail as well")
  func interrupted() throws(IOError) {
    let simulation = Simulation()
    let kernel = simulation.machine("a").kernel
    let outer = try Queue(on: kernel)
    simulation.schedule(after: .milliseconds(1)) {
      do throws(IOError) {
        let inner = try Queue(on: kernel)
        #expect(inner.wait(1_000_000) == [])
      } catch {
        Issue.record(error)
      }
    }
    #expect(outer.kevent([], room: 1, timeout: nil).error == .deadlock)
    #expect(simulation.diagnosis?.waiters.first?.call == "wait(timeout: none) since 0 ms")
    #expect(simulation.diagnosis?.time == .milliseconds(2))
  }

  @Test("A program that reregisters instead of reading is in a livelock")
  func reregistersForEver() throws(IOError) {
    let simulation = Simulation()
    simulation.mostIdleCalls = 1_000
    let kernel = simulation.machine("machine").kernel
    var poll = try Poll(on: kernel)
    var events = Events(capacity: 4)
    let pipe = try PipeEnds(on: kernel)
    var reader = pipe.reader
    #expect(try pipe.writer.write([1].span) == 1)
    try poll.registry.register(&reader, token: 1, interests: .readable)
    var turns = 0
    expectError(.deadlock) { () throws(IOError) in
      while turns < 10_000 {
        try poll.wait(into: &events)
        try poll.registry.reregister(&reader, token: 1, interests: .readable)
        turns += 1
      }
    }
    #expect(turns < 1_000)
    let diagnosis = try required(simulation.diagnosis)
    #expect(diagnosis.kind == .livelock)
    #expect(diagnosis.reason == "every poll reports events, and nothing changes")
  }

  @Test("A program that goes on asking although nothing happens is in a livelock")
  func livelock() throws(IOError) {
    let simulation = Simulation(seed: 3)
    #expect(simulation.mostIdleCalls == 1_000_000)
    simulation.mostIdleCalls = 1_000
    let kernel = simulation.machine("a").kernel
    let queue = try Queue(on: kernel)
    for _ in 0..<999 { #expect(queue.kevent([], room: 1).result == IOResult(rawValue: 0)) }
    #expect(queue.kevent([], room: 1).error == .deadlock)
    let diagnosis = try required(simulation.diagnosis)
    #expect(diagnosis.kind == .livelock)
    #expect(
      diagnosis.description == """
        livelock at 1 ms, seed 3 (no poll reports an event, and nothing changes)
          a  wait(timeout: 0 ms) since 0.999 ms
            no source is registered

        """)
    // A byte that moves begins the count anew.
    let pipe = try kernel.openPipe()
    for _ in 0..<3 {
      for _ in 0..<999 { #expect(queue.kevent([], room: 1).result == IOResult(rawValue: 0)) }
      kernel.write(pipe.second, 1)
    }
  }
}
