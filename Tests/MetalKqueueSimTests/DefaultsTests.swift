import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Simulation: defaults that are drawn from the seed")
struct DefaultsTests {
  private let seeds: Range<UInt64> = 0..<16

  @Test("A seed decides all sizes, within what systems do, and nothing else of a profile")
  func sizes() {
    for profile in KernelProfile.all {
      var smallest = Int.max
      var largest = 0
      for seed in UInt64(0)..<200 {
        let drawn = Simulation(seed: seed, profile: profile, defaults: .drawn).profile
        #expect(drawn == Simulation(seed: seed, profile: profile, defaults: .drawn).profile)
        #expect((4_096..<4_194_304).contains(drawn.tcp.sendBuffer))
        #expect((4_096..<4_194_304).contains(drawn.tcp.receiveBuffer))
        #expect((9_216...65_535).contains(drawn.udp.sendBuffer))
        #expect(drawn.udp.receiveBuffer > drawn.udp.sendBuffer)
        #expect(drawn.unix.datagramReceiveBuffer > drawn.unix.datagramSendBuffer)
        #expect((4_096..<524_288).contains(drawn.unix.streamBuffer))
        #expect([4_096, 8_192, 16_384, 32_768, 65_536].contains(drawn.pipes.buffer))
        #expect(drawn.name == profile.name)
        #expect(drawn.queues == profile.queues)
        smallest = min(smallest, drawn.tcp.sendBuffer)
        largest = max(largest, drawn.tcp.sendBuffer)
      }
      #expect(smallest < 8_192)
      #expect(largest > 1_048_576)
    }
    #expect(Simulation(seed: 1).profile == .macOS)
  }

  @Test("A seed decides the latency of each pair of machines, which a test can still set")
  func latencies() throws(IOError) {
    func roundTrip(_ seed: UInt64, setsLatency: Bool = false) throws(IOError) -> Duration {
      let simulation = Simulation(seed: seed, defaults: .drawn)
      let (server, client) = (simulation.machine("server").kernel, simulation.machine("client").kernel)
      if setsLatency { simulation.setLatency(server.machine, client.machine, to: .milliseconds(3)) }
      let (_, port) = try server.openListener()
      let queue = try Queue(on: client)
      let stream = try client.openClient(port, on: server)
      queue.change(.write(stream, [.add, .clear], token: 1))
      #expect(queue.wait().map(\.token) == [1])
      return simulation.now
    }
    let times = try seeds.map { (seed) throws(IOError) in try roundTrip(seed) }
    #expect(try seeds.map { (seed) throws(IOError) in try roundTrip(seed) } == times)
    #expect(Set(times).count > 8)
    #expect(times.contains(.zero))
    #expect(times.allSatisfy { $0 <= .milliseconds(330) })
    for seed in seeds { #expect(try roundTrip(seed, setsLatency: true) == .milliseconds(6)) }
  }

  /// A server that sends its answer in one go, and takes it for granted that there is room for all of it.
  private func answer(_ simulation: Simulation) throws(IOError) -> Int {
    let (server, client) = (simulation.machine("server").kernel, simulation.machine("client").kernel)
    let listener = try TCPListener(bindingTo: SocketAddress(server.address, port: 80), on: server)
    var stream = try TCPStream(connectingTo: SocketAddress(server.address, port: 80), on: client)
    var poll = try Poll(on: client)
    var events = Events(capacity: 4)
    try poll.registry.register(&stream, token: 1, interests: .readable)
    simulation.advance(by: .seconds(1))
    let accepted = try ready(listener.accept())
    let bytes = [UInt8](repeating: 1, count: 100_000)
    // The fault: what it has written, and whether there was room for more, is not looked at.
    _ = try accepted.stream.write(bytes.span)
    var received = 0
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while received < bytes.count {
      try poll.wait(into: &events)
      while let count = try stream.read(into: buffer.mutableSpan), count > 0 { received += count }
    }
    return received
  }

  @Test("A program that never looks for would-block passes by default, and stalls with some seed")
  func stall() throws(IOError) {
    for seed in seeds { #expect(try answer(Simulation(seed: seed)) == 100_000) }
    var stalls = 0
    for seed in seeds {
      do throws(IOError) {
        _ = try answer(Simulation(seed: seed, defaults: .drawn))
      } catch {
        #expect(error.kind == .deadlock)
        stalls += 1
      }
    }
    #expect(stalls > 0 && stalls < seeds.count, "\(stalls)")
  }

  @Test("What is drawn is the same in every run")
  func digests() throws(IOError) {
    func digest(_ seed: UInt64) throws(IOError) -> UInt64 {
      let simulation = Simulation(seed: seed, defaults: .drawn)
      do throws(IOError) {
        _ = try answer(simulation)
      } catch {
        guard error.kind == .deadlock else { throw error }
      }
      return simulation.trace.digest
    }
    for seed in seeds { #expect(try digest(seed) == digest(seed)) }
    #expect(try digest(1) != digest(2))
  }
}
