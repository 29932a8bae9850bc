import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Kqueue: wakers")
struct WakerTests {
  @Test(
    "T8 A waker is a user event that reports edges, and a wake a trigger without the clear flag",
    arguments: KernelProfile.all)
  func changes(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let start = program.simulation.trace.records.count
    do {
      let waker = try program.registry.makeWaker(token: 4)
      try waker.wake()
    }
    let records = program.simulation.trace.records[start...].filter { $0.kind == .change }
    #expect(records.compactMap(\.event).map(\.filter) == [.user, .user, .user])
    #expect(
      records.compactMap(\.event).map(\.flags) == [
        [.add, .clear, .receipt], [.add, .receipt], [.delete, .receipt],
      ])
    #expect(records.compactMap(\.event).map(\.filterFlags) == [0, UserEventFlags.trigger, 0])
    #expect(records.compactMap(\.event).map(\.token) == [4, 4, 0])
    #expect(records.map(\.result) == [0, 0, 0])
    #expect(Set(records.compactMap(\.event).map(\.ident)).count == 1)
  }

  @Test("T8 Each of several wakers is told under its own token", arguments: KernelProfile.all)
  func several(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let wakers = try (0..<100).map { index throws(IOError) in
      try program.registry.makeWaker(token: Token(rawValue: UInt(index)))
    }
    for index in [70, 3, 99] { try wakers[index].wake() }
    #expect(try program.told() == ["70 readable", "3 readable", "99 readable"])
    for index in [99, 70] { try wakers[index].wake() }
    #expect(try program.told() == ["99 readable", "70 readable"])
    // A waker that is dropped takes its wake along.
    withExtendedLifetime(wakers) {}
  }

  @Test("T8 Two wakers may share a token, and a number with a descriptor", arguments: KernelProfile.all)
  func identities(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pair = try program.connectedPair()
    var source = RawSource(pair.client)
    try program.register(&source, token: 1, interests: .readable)
    // The wakers' numbers run over those of the descriptors.
    let wakers = try (0..<10).map { _ throws(IOError) in try program.registry.makeWaker(token: 1) }
    for waker in wakers { try waker.wake() }
    #expect(try program.gather().map(\.rawRecord.filter) == Array(repeating: .user, count: 10))
    program.kernel.write(pair.server, 1)
    #expect(try program.gather().map(\.rawRecord.filter) == [.read])
    withExtendedLifetime(wakers) {}
  }

  @Test("T8 However often it wakes before a poll, a waker is told of once", arguments: KernelProfile.all)
  func coalescing(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let waker = try program.registry.makeWaker(token: 4)
    for _ in 0..<3 {
      let changes = try program.changes { () throws(IOError) in
        for _ in 0..<10 { try waker.wake() }
      }
      // All but the first are left out.
      #expect(changes.count == 1)
      #expect(try program.told() == ["4 readable"])
    }
    withExtendedLifetime(waker) {}
  }

  @Test("T8 A waker that goes takes its wake along, and no other's", arguments: KernelProfile.all)
  func gone(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let staying = try program.registry.makeWaker(token: 1)
    do {
      let going = try program.registry.makeWaker(token: 2)
      try going.wake()
      try staying.wake()
    }
    #expect(try program.told() == ["1 readable"])
    // The next one has a number of its own, and no wake pending.
    let next = try program.registry.makeWaker(token: 3)
    #expect(try program.told() == [])
    try next.wake()
    try staying.wake()
    #expect(try program.told() == ["3 readable", "1 readable"])
    withExtendedLifetime((staying, next)) {}
  }

  @Test("T8 A wake from elsewhere ends a wait", arguments: KernelProfile.all)
  func waking(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let waker = try program.registry.makeWaker(token: 4)
    program.simulation.schedule(after: .milliseconds(20)) { recordingErrors { () throws(IOError) in try waker.wake() } }
    #expect(try program.wait(nil).map(Program.words) == ["4 readable"])
    #expect(program.simulation.now == .milliseconds(20))
    withExtendedLifetime(waker) {}
  }

  @Test("T8 A wake for which there was no room comes with the next poll", arguments: KernelProfile.all)
  func noRoom(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile, capacity: 1)
    let first = try program.registry.makeWaker(token: 1)
    let second = try program.registry.makeWaker(token: 2)
    try first.wake()
    try second.wake()
    #expect(try program.wait().map(Program.words) == ["1 readable"])
    try second.wake()
    #expect(try program.told() == ["2 readable"])
    withExtendedLifetime((first, second)) {}
  }

  @Test("A waker outlives its poll, and does nothing then", arguments: KernelProfile.all)
  func withoutPoll(_ profile: KernelProfile) throws(IOError) {
    let kernel = Simulation(profile: profile).machine("machine").kernel
    let waker: Waker
    do {
      let poll = try Poll<KqueueSimSelector>(on: kernel)
      waker = try poll.registry.makeWaker(token: 1)
    }
    try waker.wake()
    try waker.wake()
    #expect(kernel.descriptorCount == 1)
  }
}
