import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

/// T2: FreeBSD and NetBSD refuse to watch a pipe's writer whose reader is gone, and would never report it.
@Suite("Kqueue: pipes without a reader")
struct BrokenPipeTests {
  private static let news = "1 writable write-closed"

  @Test(
    "T2 A writer that is registered without a reader is told once that it is closed",
    arguments: KernelProfile.all, [Interests.writable, .readable | .writable])
  func once(_ profile: KernelProfile, _ interests: Interests) throws(IOError) {
    let program = try Program(profile)
    var writer = RawSource(try program.brokenPipe())
    try program.register(&writer, token: 1, interests: interests)
    #expect(writer.registration.isRegistered)
    let told = try program.told()
    #expect(told.filter { $0 == Self.news }.count == 1)
    // macOS and NetBSD tell the reading direction of the wrong end, too. On NetBSD the selector's question whether the
    // news is stale re-arms it.
    let count = !interests.isReadable || profile == .freeBSD ? 0 : profile == .netBSD ? 2 : 1
    #expect(told.filter { $0 != Self.news } == Array(repeating: "1 readable read-closed", count: count))
    #expect(try program.told() == [])
  }

  @Test("T2 The news ends a wait without a timeout", arguments: KernelProfile.all)
  func waiting(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    var writer = RawSource(try program.brokenPipe())
    try program.register(&writer, token: 1, interests: .writable)
    #expect(try program.wait(nil).map(Program.words) == [Self.news])
  }

  @Test("T2 A source that is closed before the poll is not told of", arguments: KernelProfile.all)
  func closed(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    for interests: Interests in [.writable, .readable | .writable] {
      var writer = RawSource(try program.brokenPipe())
      try program.register(&writer, token: 1, interests: interests)
      try program.kernel.close(writer.descriptor)
      #expect(try program.told() == [])
    }
  }

  @Test("T2 Stale news ends no wait", arguments: KernelProfile.all)
  func staleWait(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    var writer = RawSource(try program.brokenPipe())
    try program.register(&writer, token: 1, interests: .writable)
    try program.kernel.close(writer.descriptor)
    #expect(try program.wait(.seconds(3)).isEmpty)
    #expect(program.simulation.now == .seconds(3))
  }

  @Test("T2 Nor is a source that was given the same number", arguments: KernelProfile.all)
  func reused(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    var writer = RawSource(try program.brokenPipe())
    try program.register(&writer, token: 1, interests: .writable)
    try program.kernel.close(writer.descriptor)
    let pipe = try program.kernel.openPipe()
    #expect([pipe.first, pipe.second].contains(writer.descriptor))
    #expect(try program.told() == [])
  }

  @Test(
    "T2 A registered source that was given the same number is told of its own events only",
    arguments: KernelProfile.all, [Interests.readable, .writable, .readable | .writable])
  func reusedAndRegistered(_ profile: KernelProfile, _ interests: Interests) throws(IOError) {
    let program = try Program(profile)
    for before: Interests in [.writable, .readable | .writable] {
      var writer = RawSource(try program.brokenPipe())
      try program.register(&writer, token: 1, interests: before)
      try program.kernel.close(writer.descriptor)
      let pair = try program.connectedPair()
      // Of the listener and the two ends one has taken the number over; the connection's ends are tried both.
      var client = RawSource(pair.client)
      var server = RawSource(pair.server)
      let copy = try program.kernel.duplicate(pair.client)
      var third = RawSource(copy)
      #expect([pair.client, pair.server, copy].contains(writer.descriptor))
      try program.register(&client, token: 2, interests: interests)
      try program.register(&server, token: 3, interests: interests)
      try program.register(&third, token: 4, interests: interests)
      let expected = interests.isWritable ? ["2 writable", "3 writable", "4 writable"] : []
      #expect(try program.told() == expected)
      // Every registration is whole.
      for descriptor in [pair.client, pair.server, copy] {
        #expect(program.isWatched(descriptor, .read) == interests.isReadable)
        #expect(program.isWatched(descriptor, .write) == interests.isWritable)
      }
      for descriptor in [pair.client, pair.server, copy] { try program.kernel.close(descriptor) }
    }
  }

  @Test("T2 Reregistering before the poll renames the news", arguments: KernelProfile.all)
  func reregistered(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    var writer = RawSource(try program.brokenPipe())
    try program.register(&writer, token: 1, interests: .writable)
    for token in 2...4 {
      try program.reregister(&writer, token: Token(rawValue: UInt(token)), interests: .writable)
    }
    #expect(try program.told() == ["4 writable write-closed"])
    // And afterwards tells it again, as any condition that holds.
    try program.reregister(&writer, token: 5, interests: .writable)
    #expect(try program.told() == ["5 writable write-closed"])
  }

  @Test(
    "T2 Reregistering without interest in writing, and deregistering, take the news back",
    arguments: KernelProfile.all)
  func takenBack(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    for interests: Interests in [.writable, .readable | .writable] {
      var writer = RawSource(try program.brokenPipe())
      try program.register(&writer, token: 1, interests: interests)
      try program.reregister(&writer, token: 2, interests: .readable)
      #expect(try program.told().filter { $0.contains("write-closed") } == [])
      #expect(program.isWatched(writer.descriptor, .read))
      #expect(!program.isWatched(writer.descriptor, .write))
      try program.reregister(&writer, token: 3, interests: interests)
      try program.deregister(&writer)
      #expect(!program.isWatched(writer.descriptor, .read))
      #expect(try program.told() == [])
      try program.register(&writer, token: 1, interests: .writable)
      #expect(try program.told() == [Self.news])
      try program.deregister(&writer)
      #expect(!program.isWatched(writer.descriptor, .read))
    }
  }

  @Test("T2 Several writers are each told, also with room for one event", arguments: KernelProfile.all)
  func several(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile, capacity: 1)
    var first = RawSource(try program.brokenPipe())
    var second = RawSource(try program.brokenPipe())
    var third = RawSource(try program.brokenPipe())
    try program.register(&first, token: 1, interests: .writable)
    try program.register(&second, token: 2, interests: .writable)
    try program.register(&third, token: 3, interests: .writable)
    try program.kernel.close(second.descriptor)
    #expect(try program.told() == [1, 3].map { "\($0) writable write-closed" })
  }

  @Test("T2 The news is no wake, and a wake no news", arguments: KernelProfile.all)
  func besideWakers(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let before = try program.registry.makeWaker(token: 7)
    var writer = RawSource(try program.brokenPipe())
    try program.register(&writer, token: 1, interests: .writable)
    let after = try program.registry.makeWaker(token: 8)
    try after.wake()
    try before.wake()
    #expect(try Set(program.told()) == [Self.news, "7 readable", "8 readable"])
    try before.wake()
    #expect(try program.told() == ["7 readable"])
    withExtendedLifetime((before, after)) {}
  }

  @Test("T2 Writing to such a pipe says so, whatever was told", arguments: KernelProfile.all)
  func writing(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    var writer = RawSource(try program.brokenPipe())
    try program.register(&writer, token: 1, interests: .writable)
    let result = program.kernel.write(writer.descriptor, [1].span)
    #expect(SimulatedKernel.error(for: result).kind == .brokenPipe)
    #expect(try program.told() == [Self.news])
  }

  @Test("T9 A reader that goes later is told of once", arguments: KernelProfile.all)
  func readerGoes(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pipe = try program.kernel.openPipe()
    var writer = RawSource(pipe.second)
    try program.register(&writer, token: 1, interests: .writable)
    #expect(try program.told() == ["1 writable"])
    try program.kernel.close(pipe.first)
    #expect(try program.told() == [Self.news])
    // FreeBSD has ended the registration by that, and reregistering makes a new one.
    try program.reregister(&writer, token: 2, interests: .writable)
    #expect(try program.told() == ["2 writable write-closed"])
  }
}
