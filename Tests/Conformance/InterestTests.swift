import MetalCore
import Testing

@Suite("INT: interest sets", .backend)
struct InterestTests {
  @Test("INT-01 A set of one member has that member alone")
  func singleMembers() {
    #expect(Interest.readable.isReadable)
    #expect(!Interest.readable.isWritable)
    #expect(!Interest.readable.isPriority)
    #expect(Interest.writable.isWritable)
    #expect(!Interest.writable.isReadable)
    #expect(!Interest.writable.isPriority)
  }
}
