import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("FD: descriptors that epoll treats apart", .backend)
struct EpollDescriptorTests {
  @Test("FD-04 A poll's descriptor, registered with another poll, is readable when it has an event")
  func nested() throws(IOError) {
    var inner = try Loop()
    var outer = try Loop()
    var source = BorrowedDescriptor(inner.poll.rawDescriptor)
    try outer.registry.register(&source, token: 1, interests: .readable)
    try outer.expectQuiet()
    let pair = try UnixStream.pair()
    var stream = pair.first
    try inner.registry.register(&stream, token: 2, interests: .readable)
    try outer.expectQuiet()
    for byte in UInt8(0)..<3 {
      try pair.second.writeFully([byte])
      let events = try outer.expect(1, .readable)
      #expect(events.allSatisfy { $0.token == 1 } as Bool)
      try inner.expect(2, .readable)
      #expect(try stream.readFully(1) == [byte])
      _ = try outer.gatherUntilQuiet()
    }
    // A waker of the inner poll is told to the outer one as well.
    let waker = try inner.registry.makeWaker(token: 3)
    try waker.wake()
    try outer.expect(1, .readable)
    try inner.expect(3, .readable)
    try outer.registry.deregister(&source)
    try pair.second.writeFully([9])
    try outer.expectQuiet()
  }

  @Test("FD-13 Polls that watch each other are invalid input, and so are polls at too many levels")
  func circles() throws(IOError) {
    let poll = try Poll()
    let otherPoll = try Poll()
    let (registry, other) = (poll.registry, otherPoll.registry)
    var first = BorrowedDescriptor(poll.rawDescriptor)
    var second = BorrowedDescriptor(otherPoll.rawDescriptor)
    try registry.register(&second, token: 1, interests: .readable)
    expectError(.invalidInput) { () throws(IOError) in try other.register(&first, token: 1, interests: .readable) }
    // The call that threw has left nothing: the other way round works.
    try registry.deregister(&second)
    try other.register(&first, token: 1, interests: .readable)

    let failure = try watchThrough(levels: 8, from: otherPoll)
    #expect(failure?.kind == .invalidInput)
  }

  /// Has a poll watch another, a third one watch that, and so on, and returns the error that stopped it.
  private func watchThrough(levels: Int, from inner: borrowing Poll) throws(IOError) -> IOError? {
    guard levels > 0 else { return nil }
    let outer = try Poll()
    var source = BorrowedDescriptor(inner.rawDescriptor)
    do throws(IOError) {
      try outer.registry.register(&source, token: 1, interests: .readable)
    } catch {
      return error
    }
    let failure = try watchThrough(levels: levels - 1, from: outer)
    try outer.registry.deregister(&source)
    return failure
  }

  @Test("FD-13 A poll cannot watch itself")
  func itself() throws(IOError) {
    let loop = try Loop()
    var source = BorrowedDescriptor(loop.poll.rawDescriptor)
    let registry = loop.registry
    expectError(.invalidInput) { () throws(IOError) in try registry.register(&source, token: 1, interests: .readable) }
  }

  @Test("FD-05 A regular file, or a folder, is refused as not permitted")
  func files() throws(IOError) {
    var loop = try Loop()
    let folder = try TemporaryFolder()
    for path in [folder.path + "/file", folder.path] {
      let flags = path == folder.path ? O_RDONLY : O_RDWR | O_CREAT
      // Safety: the path lives through the call.
      let owner = try opened(unsafe system_open(path, flags))
      var source = BorrowedDescriptor(owner.rawDescriptor)
      let registry = loop.registry
      expectError(.permissionDenied) { () throws(IOError) in
        try registry.register(&source, token: 1, interests: .readable)
      }
      expectError(.notFound) { () throws(IOError) in try registry.deregister(&source) }
    }
    try loop.expectQuiet()
  }
}
