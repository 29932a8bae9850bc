import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("PIPE: children and flags", .backend)
struct ChildPipeTests {
  @Test("PIPE-03 Ends made of a child's standard input and output carry what it echoes, and then its end")
  func child() throws(IOError) {
    let cat = try Child("/bin/cat")
    let parts = cat.takeEnds()
    var writer = parts.first
    var reader = parts.second
    try writer.setNonBlocking(true)
    try reader.setNonBlocking(true)
    var loop = try Loop(watching: &writer, token: 1, interests: .writable)
    try loop.registry.register(&reader, token: 2, interests: .readable)
    try loop.expect(1, .writable)
    let message = Array("Hello, child".utf8)
    #expect(try writer.write(message.span) == message.count)
    try loop.expect(2, .readable)
    #expect(try reader.readFully(message.count) == message)
    expectWouldBlock { () throws(IOError) in try reader.readOnce() }
    // Being read from, the pipe may tell the writer once more.
    _ = try loop.gatherUntilQuiet()
    _ = consume writer
    // The child takes its time to notice.
    let events = try loop.gather(polls: 20) { !$0.isEmpty } + loop.gatherUntilQuiet()
    #expect(events.map(\.token) == [2], "\(events)")
    #expect(events.allSatisfy { $0.isReadClosed } as Bool, "\(events)")
    #expect(try reader.readOnce() == [])
  }

  @Test("PIPE-04 A child's output that is taken over stays blocking until it is told not to")
  func blocking() throws(IOError) {
    let cat = try Child("/bin/cat")
    let parts = cat.takeEnds()
    let writer = parts.first
    let reader = parts.second
    let flags = DescriptorFlags(of: reader.rawDescriptor)
    #expect(!flags.isNonBlocking)
    #expect(!DescriptorFlags(of: writer.rawDescriptor).isNonBlocking)
    // Reading waits until the child has answered.
    #expect(try writer.write([1, 2, 3].span) == 3)
    #expect(try reader.readOnce() == [1, 2, 3])
    try reader.setNonBlocking(true)
    for form in ReadForm.allCases { #expect(try form(reader, atMost: 4) == nil) }
    expectWouldBlock { () throws(IOError) in try reader.readOnce() }
  }

  @Test("PIPE-05 Switching non-blocking mode shows in the flags, and leaves the others alone")
  func flags() throws(IOError) {
    let pipe = try PipeEnds()
    for descriptor in [pipe.reader.rawDescriptor, pipe.writer.rawDescriptor] {
      // A flag of the same word, which must stay.
      try checked(system_add_status_flags(descriptor, O_APPEND))
    }
    let before = [DescriptorFlags(of: pipe.reader.rawDescriptor), DescriptorFlags(of: pipe.writer.rawDescriptor)]
    #expect(before.allSatisfy { $0.isNonBlocking && $0.isCloseOnExec && $0.status & O_APPEND != 0 })
    for isNonBlocking in [false, false, true, true] {
      try pipe.reader.setNonBlocking(isNonBlocking)
      try pipe.writer.setNonBlocking(isNonBlocking)
      let after = [DescriptorFlags(of: pipe.reader.rawDescriptor), DescriptorFlags(of: pipe.writer.rawDescriptor)]
      #expect(after.map(\.isNonBlocking) == [isNonBlocking, isNonBlocking])
      #expect(after.map(\.own) == before.map(\.own))
      #expect(after.map { $0.status | O_NONBLOCK } == before.map { $0.status | O_NONBLOCK })
    }
    #expect(before == [DescriptorFlags(of: pipe.reader.rawDescriptor), DescriptorFlags(of: pipe.writer.rawDescriptor)])
  }

  @Test("PIPE-08 An end whose descriptor was doubled is deregistered before it is closed, and told no more")
  func doubled() throws(IOError) {
    let pipe = try PipeEnds()
    var reader = pipe.reader
    var loop = try Loop(watching: &reader, token: 1, interests: .readable)
    let copy = try opened(system_duplicate(reader.rawDescriptor, 0))
    try loop.registry.deregister(&reader)
    try reader.close()
    #expect(try pipe.writer.write([1].span) == 1)
    try loop.expectQuiet()
    #expect(copy.rawDescriptor >= 0)
  }
}

/// A child process with pipes, which block, for its standard input and output.
private struct Child: ~Copyable {
  private let process: Int32
  private let input: Int32
  private let output: Int32

  init(_ path: String) throws(IOError) {
    // The library's pipes are close-on-exec from the start, so that no other child holds an end of them.
    let toChild = try PipeEnds()
    let fromChild = try PipeEnds()
    try toChild.reader.setNonBlocking(false)
    try toChild.writer.setNonBlocking(false)
    try fromChild.reader.setNonBlocking(false)
    try fromChild.writer.setNonBlocking(false)
    // Safety: the path lives through the call.
    process = try checked(
      unsafe system_spawn(path, toChild.reader.rawDescriptor, fromChild.writer.rawDescriptor))
    input = toChild.writer.releaseDescriptor().release()
    output = fromChild.reader.releaseDescriptor().release()
  }

  /// The writer for its input and the reader for its output, once.
  func takeEnds() -> Pair<PipeWriter, PipeReader> {
    Pair(
      PipeWriter(adopting: OwnedDescriptor(adopting: input)),
      PipeReader(adopting: OwnedDescriptor(adopting: output)))
  }

  deinit {
    system_end_process(process)
  }
}
