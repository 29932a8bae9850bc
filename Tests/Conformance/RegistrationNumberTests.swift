import MetalCore
import Testing

@Suite("REG: many registrations", .backend)
struct RegistrationNumberTests {
  @Test("REG-21 Of a thousand UDP sockets every one is told writable, in a few polls")
  func thousandSockets() throws(IOError) {
    let count = 1000
    // What other tests hold at the same time is generously allowed for.
    try required(Backend.allows(descriptors: count + 1000), "the process may not open \(count) descriptors")
    var loop = try Loop(capacity: 128)
    var sockets = Slab<UDPSocket>(minimumCapacity: count)
    for number in 0..<count {
      let slot = sockets.insert(try UDPSocket(bindingTo: anyPort))
      try sockets.update(slot) { socket throws(IOError) in
        try loop.registry.register(&socket, token: Token(UInt(number)), interests: .writable)
      }
    }
    var events: [Event] = []
    // A few polls: no more than twice as many as it takes at least.
    for _ in 0..<(2 * (count / 128 + 1)) {
      let batch = try loop.wait()
      #expect(batch.count <= loop.events.capacity)
      events += batch
      if Set(events.map(\.token)).count == count { break }
    }
    #expect(Set(events.map(\.token)) == Set((0..<UInt(count)).map { Token($0) }))
    #expect(events.count == count && events.allSatisfy { Flags($0) == .writable })
    try loop.expectQuiet()
  }
}
