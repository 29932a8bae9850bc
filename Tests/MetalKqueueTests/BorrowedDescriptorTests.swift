import MetalCore
import MetalKqueue
import MetalKqueueSim
import Testing

/// What the source of a borrowed descriptor asks of the selector when it is dropped.
@Suite("Kqueue: the end of a borrowed descriptor's watch")
struct BorrowedDescriptorTests {
  @Test(
    "FD-09 Nothing stays registered, and the descriptor can be registered again",
    arguments: KernelProfile.all, [.readable, .writable, .readable | .writable] as [Interests])
  func ends(_ profile: KernelProfile, _ interests: Interests) throws(IOError) {
    let program = try Program(profile)
    let pair = try program.connectedPair()
    var source = RawSource(pair.client)
    try program.register(&source, token: 1, interests: interests)
    program.kernel.write(pair.server, 1)
    program.selector.endWatch(of: pair.client)
    #expect(!program.isWatched(pair.client, .read))
    #expect(!program.isWatched(pair.client, .write))
    #expect(try program.told() == [])
    var next = RawSource(pair.client)
    try program.register(&next, token: 2, interests: .readable)
    #expect(try program.told() == ["2 readable"])
  }

  @Test("FD-09 News of a broken pipe goes with its watch", arguments: KernelProfile.all)
  func news(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    var writer = RawSource(try program.brokenPipe())
    try program.register(&writer, token: 1, interests: .writable)
    program.selector.endWatch(of: writer.descriptor)
    #expect(try program.told() == [])
  }

  @Test("FD-09 Nothing happens if the owner has closed the descriptor", arguments: KernelProfile.all)
  func closed(_ profile: KernelProfile) throws(IOError) {
    let program = try Program(profile)
    let pair = try program.connectedPair()
    var source = RawSource(pair.client)
    var other = RawSource(pair.server)
    try program.register(&source, token: 1, interests: .readable | .writable)
    try program.register(&other, token: 2, interests: .writable)
    try program.kernel.close(pair.client)
    program.selector.endWatch(of: pair.client)
    let told = try program.told()
    #expect(told.contains("2 writable"))
    #expect(told.allSatisfy { $0.hasPrefix("2 ") } as Bool, "\(told)")
  }
}
