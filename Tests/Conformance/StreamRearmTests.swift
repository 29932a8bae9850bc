import MetalCore
import Testing

@Suite("ET: re-arming Unix-domain streams and pipes", .backend)
struct StreamRearmTests {
  @Test("ET-02 After a read that would block, new data is reported", arguments: ReadForm.allCases)
  func read(form: ReadForm) throws {
    var pair = try UnixStream.pair()
    try expectRearmed(&pair.first, pair.second) { stream throws(IOError) in try form(stream, atMost: 4) }
    var pipe = try PipeEnds()
    try expectRearmed(&pipe.reader, pipe.writer) { reader throws(IOError) in try form(reader, atMost: 4) }
  }

  @Test("ET-02 After a peek that would block, new data is reported", arguments: PeekForm.allCases)
  func peek(form: PeekForm) throws {
    var pair = try UnixStream.pair()
    try expectRearmed(&pair.first, pair.second) { stream throws(IOError) in try form(stream, atMost: 4) }
  }

  @Test("ET-02 After an operation of the program's own that would block, new data is reported")
  func perform() throws {
    var pair = try UnixStream.pair()
    try expectRearmed(&pair.first, pair.second) { stream throws(IOError) in try performInVain(stream) }
    var pipe = try PipeEnds()
    try expectRearmed(&pipe.reader, pipe.writer) { reader throws(IOError) in try performInVain(reader) }
  }

  private func performInVain<T: Performing & ~Copyable>(_ source: borrowing T) throws(IOError) -> Int? {
    try source.perform { _ throws(IOError) in throw IOError(.wouldBlock) }
  }

  /// Reads exactly what arrived, so that the operation would block.
  private func expectRearmed<R: ByteReader & ~Copyable, W: ByteWriter & ~Copyable>(
    _ reader: inout R, _ writer: borrowing W,
    _ operation: (borrowing R) throws(IOError) -> Int?
  ) throws where R.S == Selector {
    var loop = try Loop()
    try loop.registry.register(&reader, token: 2, interests: .readable)
    for byte in UInt8(1)...2 {
      let bytes = [byte, byte, byte, byte]
      try writer.writeFully(bytes)
      try loop.expect(2, .readable)
      #expect(try reader.readFully(4) == bytes)
      let moved = try operation(reader)
      #expect(moved == nil)
      try loop.expectQuiet()
    }
  }

  @Test("ET-02 After an accept that would block, the next connection is reported")
  func accept() throws {
    try expectRearmed { listener throws(IOError) in
      let accepted = try listener.accept()
      return accepted == nil
    }
  }

  @Test("ET-02 After a listener's own operation that would block, the next connection is reported")
  func performOnListener() throws {
    try expectRearmed { listener throws(IOError) in try performInVain(listener) == nil }
  }

  private func expectRearmed(_ wouldBlock: (borrowing UnixListener) throws(IOError) -> Bool) throws {
    let folder = try TemporaryFolder()
    var loop = try Loop()
    var listener = try UnixListener(bindingTo: folder.address())
    try loop.registry.register(&listener, token: 2, interests: .readable)
    for byte in UInt8(0)..<2 {
      let client = try UnixStream(connectingTo: folder.address())
      try loop.expect(2, .readable)
      let accepted = try ready(listener.accept())
      try client.writeFully([byte])
      #expect(try accepted.stream.readFully(1) == [byte])
      let isBlocked = try wouldBlock(listener)
      #expect(isBlocked)
      try loop.expectQuiet()
    }
  }

  @Test("ET-02 After a write that would block, new space is reported", arguments: WriteForm.allCases)
  func write(form: WriteForm) throws {
    var pair = try UnixStream.pair()
    try expectRearmed(writing: &pair.first, pair.second, form)
    var pipe = try PipeEnds()
    try expectRearmed(writing: &pipe.writer, pipe.reader, form)
  }

  private func expectRearmed<W: ByteWriter & ~Copyable, R: ByteReader & ~Copyable>(
    writing writer: inout W, _ reader: borrowing R, _ form: WriteForm
  ) throws where W.S == Selector {
    var loop = try Loop()
    try loop.registry.register(&writer, token: 2, interests: .writable)
    try loop.expect(2, .writable)
    let block = [UInt8](repeating: 1, count: 65_536)
    for _ in 0..<2 {
      while try form(writer, block) != nil {}
      try loop.expectWritable(2, whileDraining: reader)
    }
    try writer.flood()
    expectWouldBlock { () throws(IOError) in try performInVain(writer) }
    try loop.expectWritable(2, whileDraining: reader)
  }
}
