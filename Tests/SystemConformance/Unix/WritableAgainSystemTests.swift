import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("ET: writable, when nothing has blocked, on descriptors", .backend)
struct WritableAgainSystemTests {
  @Test("ET-13 An eventfd that is read is reported writable again as the table shows")
  func event() throws(IOError) {
    let owner = try opened(system_eventfd())
    var loop = try Loop()
    var source = BorrowedDescriptor(owner.rawDescriptor)
    try loop.registry.register(&source, token: 12, interests: .writable)
    try loop.expect(12, .writable)
    try add(1, to: owner.rawDescriptor)
    try loop.expectQuiet()
    // Past the library.
    #expect(try counter(of: owner.rawDescriptor) == 1)
    let isReported = try loop.gatherUntilQuiet().contains(where: \.isWritable)
    #expect(isReported == Backend.repeatsWritable)
  }
}
