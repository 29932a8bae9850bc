import MetalCore
import MetalSystem
import Testing

@Suite("REG: borrowed descriptors", .backend)
struct SourceDescriptorLifetimeTests {
  @Test("REG-22 A borrowed descriptor stays registered without its poll, until its source is dropped")
  func outlivesItsPoll() throws {
    let pipe = try Pipe()
    var other = try Loop()
    do {
      var source = SourceDescriptor(borrowing: pipe.reader.rawDescriptor)
      try registerWithPollThatEnds(&source)
      expectError(.alreadyExists) { () throws(IOError) in
        try other.registry.register(&source, token: 2, interests: .readable)
      }
    }
    var source = SourceDescriptor(borrowing: pipe.reader.rawDescriptor)
    try other.registry.register(&source, token: 2, interests: .readable)
    try pipe.writer.writeFully([1])
    try other.expect(2, .readable)
  }

  private func registerWithPollThatEnds(_ source: inout SourceDescriptor) throws(IOError) {
    let loop = try Loop()
    try loop.registry.register(&source, token: 1, interests: .readable)
  }
}
