import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

@Suite("Kqueue: the changes of a registration")
struct RegistrationTests {
  private static let adding: KernelEvent.Flags = [.add, .clear, .receipt]
  private static let deleting: KernelEvent.Flags = [.delete, .receipt]

  @Test("T1 Registering adds the directions in one call, the writing one first", arguments: KernelProfile.all)
  func registering(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pair = try program.connectedPair()
    var both = RawSource(pair.client)
    let start = program.simulation.trace.records.count
    let changes = try program.changes { () throws(IOError) in
      try program.register(&both, token: 5, interests: .readable | .writable)
    }
    #expect(changes == [Change(.write, Self.adding, token: 5), Change(.read, Self.adding, token: 5)])
    let calls = program.simulation.trace.records[start...].filter { $0.kind == .call }
    #expect(calls.map(\.name) == ["kevent"])
    #expect(calls.map(\.result) == [2])
    var one = RawSource(pair.server)
    for (interest, filter) in [(.readable, .read), (.writable, .write)] as [(Interests, KernelEvent.Filter)] {
      let changes = try program.changes { () throws(IOError) in
        try program.register(&one, token: 6, interests: interest)
      }
      #expect(changes == [Change(filter, Self.adding, token: 6)])
      try program.deregister(&one)
    }
  }

  @Test("T1 Registering takes no event away", arguments: KernelProfile.all)
  func noEventLost(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let first = try program.connectedPair()
    let second = try program.connectedPair()
    var one = RawSource(first.client)
    var other = RawSource(second.client)
    try program.register(&one, token: 1, interests: .writable)
    try program.register(&other, token: 2, interests: .writable)
    try program.reregister(&other, token: 3, interests: .writable)
    #expect(try program.told() == ["1 writable", "3 writable"])
  }

  @Test("T3 Reregistering adds the one direction and deletes the other", arguments: KernelProfile.all)
  func reregistering(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pair = try program.connectedPair()
    var source = RawSource(pair.client)
    try program.register(&source, token: 1, interests: .readable)
    var changes = try program.changes { () throws(IOError) in
      try program.reregister(&source, token: 2, interests: .writable)
    }
    #expect(changes == [Change(.write, Self.adding, token: 2), Change(.read, Self.deleting, token: 2)])
    #expect(program.isWatched(pair.client, .write))
    #expect(!program.isWatched(pair.client, .read))
    changes = try program.changes { () throws(IOError) in
      try program.reregister(&source, token: 3, interests: .readable | .writable)
    }
    #expect(changes.map(\.flags) == [Self.adding, Self.adding])
    try program.reregister(&source, token: 4, interests: .readable)
    // Deleting what is not there is no error.
    changes = try program.changes { () throws(IOError) in
      try program.reregister(&source, token: 5, interests: .readable)
    }
    #expect(changes == [Change(.read, Self.adding, token: 5), Change(.write, Self.deleting, token: 5, result: -2)])
  }

  @Test("T3 Deregistering deletes both directions, whatever there is", arguments: KernelProfile.all)
  func deregistering(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pair = try program.connectedPair()
    var source = RawSource(pair.client)
    for interests: Interests in [.readable, .writable, .readable | .writable] {
      try program.register(&source, token: 1, interests: interests)
      program.kernel.write(pair.server, 1)
      let changes = try program.changes { () throws(IOError) in try program.deregister(&source) }
      #expect(changes.map(\.filter) == [.write, .read])
      #expect(changes.map(\.flags) == [Self.deleting, Self.deleting])
      #expect(!source.registration.isRegistered)
      #expect(try program.told() == [])
    }
  }

  @Test("T3 A registration that has ended by itself is deregistered without an error", arguments: KernelProfile.all)
  func endedByItself(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pipe = try program.kernel.openPipe()
    var writer = RawSource(pipe.second)
    try program.register(&writer, token: 1, interests: .writable)
    try program.kernel.close(pipe.first)
    #expect(try program.told() == ["1 writable write-closed"])
    #expect(program.isWatched(pipe.second, .write) == (profile != .freeBSD))
    try program.deregister(&writer)
    // The same of a descriptor that was closed behind the library's back.
    let pair = try program.connectedPair()
    var source = RawSource(pair.client)
    try program.register(&source, token: 1, interests: .readable)
    try program.kernel.close(pair.client)
    try program.deregister(&source)
    #expect(!source.registration.isRegistered)
  }

  @Test("T5 A registration that fails half-way leaves nothing behind", arguments: KernelProfile.all)
  func halfWay(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    // A queue can be read from, not written to.
    let queue = try program.kernel.openEventQueue()
    var source = RawSource(queue)
    expectError(.invalidInput) { () throws(IOError) in
      try program.register(&source, token: 1, interests: .readable | .writable)
    }
    #expect(!source.registration.isRegistered)
    #expect(!program.isWatched(queue, .read))
    #expect(!program.isWatched(queue, .write))
    try program.register(&source, token: 2, interests: .readable)
    #expect(program.isWatched(queue, .read))
    #expect(try program.told() == [])
  }

  @Test("T5 A reregistration that fails leaves the source deregistered", arguments: KernelProfile.all)
  func failedReregistration(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let queue = try program.kernel.openEventQueue()
    var source = RawSource(queue)
    try program.register(&source, token: 1, interests: .readable)
    expectError(.invalidInput) { () throws(IOError) in
      try program.reregister(&source, token: 2, interests: .readable | .writable)
    }
    #expect(!source.registration.isRegistered)
    #expect(!program.isWatched(queue, .read))
    expectError(.notFound) { () throws(IOError) in try program.deregister(&source) }
    try program.register(&source, token: 3, interests: .readable)
    program.trigger(queue)
    #expect(try program.told() == ["3 readable"])
  }

  @Test("T10 Moving bytes by hand changes nothing in the queue", arguments: KernelProfile.all)
  func noRearming(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pair = try program.connectedPair()
    var source = RawSource(pair.client)
    try program.register(&source, token: 1, interests: .readable)
    for _ in 0..<3 {
      program.kernel.write(pair.server, 5)
      #expect(try program.told() == ["1 readable"])
      let kernel = program.kernel
      let changes = program.changes {
        while kernel.read(pair.client, 2) > 0 {}
      }
      #expect(changes == [])
    }
    // What is not drained is not told of again, until something new comes.
    program.kernel.write(pair.server, 5)
    #expect(try program.told() == ["1 readable"])
    #expect(program.kernel.read(pair.client, 2) == 2)
    #expect(try program.told() == [])
    program.kernel.write(pair.server, 1)
    #expect(try program.told() == ["1 readable"])
  }
}
