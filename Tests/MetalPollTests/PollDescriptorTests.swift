import CSystem
import MetalCore
import MetalSystem
import Testing

@testable import MetalPoll

@Suite("FD: descriptors that poll(2) treats apart", .backend)
struct PollDescriptorTests {
  @Test("FD-05 A regular file, or a folder, is always ready: at once, and again when it is registered anew")
  func files() throws(IOError) {
    let folder = try TemporaryFolder()
    for path in [folder.path + "/file", folder.path] {
      var loop = try Loop()
      let isFile = path != folder.path
      let flags = isFile ? O_RDWR | O_CREAT : O_RDONLY
      // Safety: the path lives through the call.
      let owner = try opened(unsafe system_open(path, flags))
      var source = BorrowedDescriptor(owner.rawDescriptor)
      let interests: Interests = isFile ? [.readable, .writable] : .readable
      try loop.registry.register(&source, token: 1, interests: interests)
      for token in [1, 2, 3] as [Token] {
        if token != 1 { try loop.registry.reregister(&source, token: token, interests: interests) }
        let batch = try loop.wait(.zero)
        #expect(batch.map(\.token) == [token])
        #expect(batch.map { Flags($0) } == [isFile ? [.readable, .writable] : .readable])
        try loop.expectIdle()
      }
      // An operation of the program's own has it told again, for there is no end to its being ready.
      try source.perform { _ in }
      #expect(try loop.wait(.zero).map(\.token) == [3])
      try loop.registry.deregister(&source)
      try loop.expectIdle()
    }
  }

  @Test("The selector's own pipe is non-blocking and close-on-exec, at both ends")
  func ownPipe() async {
    await #expect(processExitsWith: .success) {
      let before = try separateDescriptors()
      let poll = try Poll()
      let own = openDescriptors().keys.filter { before[$0] == nil }
      #expect(own.count == 2)
      #expect(own.contains(poll.registry.selector.notifier.descriptor))
      for descriptor in own { expectLibraryFlags(descriptor) }
    }
  }
}
