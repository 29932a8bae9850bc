import MetalCore
import MetalKqueue
import MetalKqueueSim
import MetalSimulation
import Testing

@Suite("Determinism")
struct DeterminismTests {
  /// A client and a server on two machines, whose client sends as much as it draws, in the given seed's world.
  private func converse(seed: UInt64, draws: Int = 0) throws(IOError) -> Trace {
    let simulation = Simulation(seed: seed, keeping: .all)
    let server = simulation.machine("server").kernel
    let client = simulation.machine("client").kernel
    simulation.setLatency(server.machine, client.machine, to: .microseconds(150))
    var other = simulation.random("other")
    for _ in 0..<draws { _ = other.next() }
    var sizes = simulation.random("sizes")
    let queue = try Queue(on: server)
    let (listener, port) = try server.openListener()
    queue.change(.read(listener, [.add, .clear], token: 1))
    let stream = try client.openClient(port, on: server)
    #expect(queue.wait().map(\.token) == [1])
    let accepted = try server.accept(listener)
    queue.change(.read(accepted, [.add, .clear], token: 2))
    for _ in 0..<20 {
      client.send(stream, Int(sizes.next(below: 1_000)) + 1)
      _ = queue.wait()
      server.receive(accepted)
    }
    try client.close(stream)
    _ = queue.wait()
    return simulation.trace
  }

  @Test("The same program with the same seed leaves the same trace")
  func sameSeed() throws(IOError) {
    let first = try converse(seed: 7)
    let second = try converse(seed: 7)
    #expect(first.firstDifference(from: second) == nil)
    #expect(first.digest == second.digest)
    #expect(first.count == second.count)
    #expect(first.jsonLines == second.jsonLines)
    #expect(first.count > 60)
  }

  @Test("Another seed leaves another trace")
  func otherSeed() throws(IOError) {
    let first = try converse(seed: 7)
    let second = try converse(seed: 8)
    #expect(first.firstDifference(from: second) != nil)
    #expect(first.digest != second.digest)
  }

  @Test("A trace that is the beginning of another differs where it ends")
  func beginning() throws(IOError) {
    let simulation = Simulation(keeping: .all)
    let kernel = simulation.machine("a").kernel
    _ = try kernel.openPipe()
    let first = simulation.trace
    _ = try kernel.openPipe()
    #expect(first.firstDifference(from: simulation.trace)?.index == 1)
    #expect(simulation.trace.firstDifference(from: first)?.field == "record")
    #expect(first.digest != simulation.trace.digest)
  }

  @Test("A draw more from one stream changes nothing of another")
  func independentStreams() throws(IOError) {
    let first = try converse(seed: 7)
    let second = try converse(seed: 7, draws: 5)
    #expect(first.firstDifference(from: second) == nil)
    let simulation = Simulation(seed: 3)
    var one = simulation.random("one")
    var again = simulation.random("one")
    var two = simulation.random("two")
    let expected = (0..<8).map { _ in one.next() }
    let interleaved = (0..<8).map { _ in
      _ = two.next()
      return again.next()
    }
    #expect(expected == interleaved)
    #expect((0..<8).map { _ in two.next() } != expected)
  }

  @Test("The generator's numbers are the same for ever")
  func knownNumbers() {
    // Computed apart from this library, in Python, from the published algorithms.
    var stream = Simulation(seed: 0).random("dice")
    #expect(
      (0..<4).map { _ in stream.next() } == [
        0x8F09_C872_0E28_0547, 0xC73A_0C71_F5FB_CB2B, 0x37EE_2217_AF33_753D, 0x1464_57B3_6182_3E7E,
      ])
    stream = Simulation(seed: 42).random("dice")
    #expect((0..<10).map { _ in stream.next(below: 6) } == [5, 0, 0, 2, 3, 5, 0, 3, 4, 2])
    #expect((0..<10).allSatisfy { _ in stream.next(below: 1) == 0 })
  }

  @Test("Numbers below a bound reach all of them, evenly")
  func evenNumbers() {
    var stream = Simulation(seed: 5).random("dice")
    var counts = [Int](repeating: 0, count: 6)
    for _ in 0..<6_000 { counts[Int(stream.next(below: 6))] += 1 }
    #expect(counts.allSatisfy { (900...1_100).contains($0) }, "\(counts)")
  }

  @Test("The seed decides the ports that the system chooses")
  func ports() throws(IOError) {
    func ports(_ seed: UInt64) throws(IOError) -> [UInt16] {
      let kernel = Simulation(seed: seed).machine("a").kernel
      return try (0..<5).map { (_) throws(IOError) in try kernel.openListener().port }
    }
    let first = try ports(1)
    #expect(try ports(1) == first)
    #expect(try ports(2) != first)
    #expect(first.allSatisfy { $0 >= 49_152 })
    #expect(Set(first).count == 5)
    // Two machines draw from streams of their own.
    let simulation = Simulation(seed: 1)
    let kernels = (simulation.machine("a").kernel, simulation.machine("b").kernel)
    #expect(try kernels.0.openListener().port != kernels.1.openListener().port)
  }

  @Test("A small program's digest is the same on every machine, in debug and in release")
  func knownDigest() throws(IOError) {
    // It changes when what a trace records changes; take it over then, after a look at the trace.
    let simulation = Simulation(seed: 1, keeping: .all)
    let kernel = simulation.machine("a").kernel
    let queue = try Queue(on: kernel)
    let pipe = try kernel.openPipe()
    queue.change(.read(pipe.first, [.add, .clear], token: 7))
    simulation.schedule(after: .microseconds(3)) { kernel.write(pipe.second, 20) }
    #expect(queue.wait() == [.read(7, 20)])
    #expect(kernel.read(pipe.first) == .moved(20))
    let text = """
      {"format":2,"seed":1,"profile":"macOS","machines":["a"]}
      {"number":0,"time":0,"machine":"a","kind":"call","name":"kqueue","result":3,"cause":"program"}
      """
    #expect(simulation.trace.jsonLines.hasPrefix(text), "\(simulation.trace)")
    #expect(simulation.trace.count == 10)
    #expect(simulation.trace.digest == 0x61FE_D080_B4E5_53BF, "\(simulation.trace)")
  }

  @Test("A digest is kept without records, and is the same")
  func digestAlone() throws(IOError) {
    func digest(_ retention: Trace.Retention) throws(IOError) -> Trace {
      let simulation = Simulation(seed: 1, keeping: retention)
      _ = try simulation.machine("a").kernel.connectedPair()
      return simulation.trace
    }
    let all = try digest(.all)
    for (retention, kept) in [(Trace.Retention.none, 0), (.last(0), 0), (.last(3), 3)] {
      let trace = try digest(retention)
      #expect(trace.digest == all.digest && trace.count == all.count)
      #expect(trace.records == all.records.suffix(kept))
    }
  }

  #if !hasFeature(Embedded)
  // Embedded Swift has no tasks.
  @Test("Simulations that run at once do not see each other")
  func parallel() async throws {
    let digests = try await withThrowingTaskGroup(of: UInt64.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let simulation = Simulation(seed: 9)
          let kernel = simulation.machine("only").kernel
          return try kernel.machine.run {
            var poll = try MetalCore.Poll<KqueueSimSelector>()
            var events = MetalCore.Events<KqueueSimSelector>(capacity: 4)
            let pipe = try MetalCore.PipeEnds<KqueueSimSelector>()
            var reader = pipe.reader
            let writer = pipe.writer
            try poll.registry.register(&reader, token: 1, interests: .readable)
            for _ in 0..<50 {
              _ = try writer.write([1, 2, 3].span)
              try poll.wait(into: &events, timeout: .milliseconds(1))
              try poll.wait(into: &events, timeout: .milliseconds(1))
            }
            #expect(SimulatedKernel.current.name == "only")
            #expect(kernel.descriptorCount == 3)
            #expect(simulation.now == .milliseconds(50))
            return simulation.trace.digest
          }
        }
      }
      return try await group.reduce(into: Set<UInt64>()) { $0.insert($1) }
    }
    #expect(digests.count == 1)
  }
  #endif
}
