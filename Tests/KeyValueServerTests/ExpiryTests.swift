import MetalSimulationTesting
import Testing

@testable import KeyValueServer

@Suite("Key-value server: keys that expire", .simulated(seeds: 20))
struct ExpiryTests {
  static let day = 86_400

  @Test("A key expires after days, to the second, even if no client asks for the key")
  func days() throws {
    let simulation = Simulation.current
    let keys = Shared(0)
    let (server, machine) = (simulation.machine("server"), simulation.machine("client"))
    let address = server.startServer { server in keys.value = server.store.count }
    // No time passes between a command and its answer.
    simulation.setLatency(machine, server, to: .zero)
    machine.start(.client) { () throws(IOError) in
      var client = try Client(address)
      #expect(try client.call("SET", "a", "1", "EX", "\(2 * Self.day)") == "+OK")
      #expect(try client.call("SET", "b", "1") == "+OK")
      #expect(try client.call("EXPIRE", "b", "\(3 * Self.day)") == ":1")
      #expect(try client.call("SET", "c", "1", "EX", "60") == "+OK")
      #expect(try client.call("SET", "c", "2") == "+OK")
      #expect(try client.call("TTL", "c") == ":-1")
      try pause(.seconds(Self.day))
      #expect(try client.call("TTL", "a") == ":\(Self.day)")
      #expect(try client.call("INCR", "a") == ":2")
      #expect(try client.call("TTL", "a") == ":\(Self.day)")
      try pause(.seconds(Self.day - 10))
      #expect(try client.call("GET", "a") == "2")
      try pause(.seconds(11))
      #expect(keys.value == 2)
      #expect(try client.call("GET", "a") == "$-1")
      #expect(try client.call("TTL", "b") == ":\(Self.day - 1)")
      #expect(try client.call("EXPIRE", "b", "\(5 * Self.day)") == ":1")
      try pause(.seconds(4 * Self.day))
      #expect(try client.call("TTL", "b") == ":\(Self.day)")
      try pause(.seconds(Self.day + 1))
      #expect(keys.value == 1)
      #expect(try client.call("DEL", "a", "b", "c") == ":1")
    }
    try simulation.run(atMost: .seconds(10 * Self.day))
  }

  @Test("A thousand keys expire at the same time, and the server removes the keys in several turns")
  func many() throws {
    let simulation = Simulation.current
    let counts = Shared<[Int]>([])
    let address = simulation.machine("server").startServer { server in counts.value.append(server.store.count) }
    simulation.machine("client").start(.client) { () throws(IOError) in
      var client = try Client(address)
      try client.send(Array("SET rest 1\n".utf8) + (1...1_000).flatMap { Array("SET \($0) 1 EX 100\n".utf8) })
      for _ in 0...1_000 { #expect(try client.answer() == "+OK") }
      try pause(.seconds(200))
      #expect(try client.call("GET", "1000") == "$-1")
    }
    try simulation.run()
    let steps = zip(counts.value, counts.value.dropFirst()).map { $0 - $1 }.filter { $0 > 0 }
    #expect(steps.reduce(0, +) == 1_000 && steps.allSatisfy { $0 <= 256 })
    #expect(counts.value.last == 1)
  }

  @Test("Every operation treats an expired key as missing before the store removes the key")
  func gone() {
    var store = Store<KqueueSimSelector>()
    let (before, deadline) = (
      Store<KqueueSimSelector>.Instant(nanoseconds: 9), Store<KqueueSimSelector>.Instant(nanoseconds: 10)
    )
    store.set([1], to: [7], until: deadline)
    #expect(store.value(of: [1], at: before) == [7])
    #expect(store.value(of: [1], at: deadline) == nil)
    let (isThere, isRemoved) = (store.expire([1], at: deadline, now: deadline), store.count == 0)
    #expect(!isThere && !isRemoved)
    let wasThere = store.remove([1], at: deadline)
    #expect(!wasThere && store.count == 0 && store.nearestDeadline == nil)
  }
}
