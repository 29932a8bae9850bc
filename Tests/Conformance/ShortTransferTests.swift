import MetalCore
import Testing

@Suite("ET: short transfers on Unix-domain streams and pipes", .backend)
struct ShortTransferTests {
  @Test("ET-10 A read that returned fewer bytes than asked ends the draining", arguments: ReadForm.allCases)
  func read(form: ReadForm) throws {
    var pair = try UnixStream.pair()
    try expectShortReads(&pair.first, from: pair.second, form)
    var pipe = try PipeEnds()
    try expectShortReads(&pipe.reader, from: pipe.writer, form)
  }

  private func expectShortReads<R: ByteReader & ~Copyable, W: ByteWriter & ~Copyable>(
    _ reader: inout R, from writer: consuming W, _ form: ReadForm
  ) throws where R.S == Selector {
    var loop = try Loop()
    try loop.registry.register(&reader, token: 10, interests: .readable)
    for _ in 0..<2 {
      try writer.writeFully([1, 2, 3])
      let batch = try loop.expect(10, .readable)
      #expect(!batch.contains(where: \.isReadClosed) as Bool)
      #expect(try form(reader, atMost: 16) == 3)
      try loop.expectQuiet()
    }
    // An event that says read-closed is to be read on to 0, past a read that came up short.
    try writer.writeFully([1, 2, 3])
    discardEnd(writer)
    try loop.expect(10, [.readable, .readClosed])
    #expect(try form(reader, atMost: 16) == 3)
    for _ in 0..<2 { #expect(try form(reader, atMost: 16) == 0) }
  }

  private func discardEnd<W: ~Copyable>(_ writer: consuming W) {}

  @Test(
    "ET-11 After a write that took fewer bytes than given, new space is reported",
    arguments: WriteForm.allCases)
  func write(form: WriteForm) throws {
    var pair = try UnixStream.pair()
    try expectShortWrites(&pair.first, to: pair.second, form)
    var pipe = try PipeEnds()
    try expectShortWrites(&pipe.writer, to: pipe.reader, form)
  }

  private func expectShortWrites<W: ByteWriter & ~Copyable, R: ByteReader & ~Copyable>(
    _ writer: inout W, to reader: borrowing R, _ form: WriteForm
  ) throws where W.S == Selector {
    var loop = try Loop()
    try loop.registry.register(&writer, token: 11, interests: .writable)
    try loop.expect(11, .writable)
    let bytes = [UInt8](repeating: 1, count: 1 << 20)
    for _ in 0..<2 {
      // The number given does not divide the space, but for a coincidence: then a write would block, and the next
      // attempt begins at another place.
      var moved: Int?
      var attempts = 0
      repeat {
        moved = try form(writer, bytes)
        if moved == nil {
          attempts += 1
          try loop.expectWritable(11, whileDraining: reader)
        }
      } while (moved ?? bytes.count) == bytes.count && attempts < 10
      #expect(moved.map { $0 > 0 && $0 < bytes.count } == true)
      try loop.expectWritable(11, whileDraining: reader)
    }
  }

  @Test("ET-07 An operation of the program's own runs once, and its value or error comes back unchanged")
  func perform() throws {
    let folder = try TemporaryFolder()
    let listener = try UnixListener(bindingTo: folder.address())
    try expectPassedOn(by: listener)
    let datagram = try UnixDatagramSocket()
    try expectPassedOn(by: datagram)
    let pair = try UnixStream.pair()
    try expectPassedOn(by: pair.first)
    let pipe = try PipeEnds()
    let numbers = try (
      pipe.reader.perform { descriptor throws(IOError) in descriptor },
      pipe.writer.perform { descriptor throws(IOError) in descriptor }
    )
    #expect(numbers.0 != numbers.1)
    try expectPassedOn(by: pipe.reader)
    try expectPassedOn(by: pipe.writer)
  }
}
