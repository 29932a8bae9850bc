import CSystem
import MetalCore
import MetalSystem
import Testing

@testable import MetalPoll

@Suite("PosixPollSelector: hang-ups", .backend)
struct HangUpTests {
  @Test("ET-01 A pipe's end is told once; the poll is quiet then, beside other traffic too, and sleeps")
  func pipeReader() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 2, interests: .readable)
    let pipe = try PipeEnds()
    var reader = pipe.reader
    try loop.registry.register(&reader, token: 1, interests: .readable)
    try pipe.writer.close()
    try expectOnce(1, .readClosed, &loop)
    for byte in UInt8(0)..<3 {
      try ends.client.writeFully([byte])
      #expect(try loop.expect(2, .readable).map(\.token) == [2])
      #expect(try ends.server.readFully(1) == [byte])
      try loop.expectIdle()
    }
    // Reading meets the end, which is the same as before.
    #expect(try reader.readOnce() == [])
    try loop.expectIdle()
    for token in [3, 4] as [Token] {
      try loop.registry.reregister(&reader, token: token, interests: .readable)
      try expectOnce(token, .readClosed, &loop)
    }
    try loop.registry.deregister(&reader)
    try loop.expectIdle()
    try loop.registry.register(&reader, token: 5, interests: .readable)
    try expectOnce(5, .readClosed, &loop)
  }

  @Test(
    "A pipe's end behind data is told with it, and again after each read that took something",
    arguments: ReadForm.telling)
  func pipeReaderWithData(form: ReadForm) throws(IOError) {
    var loop = try Loop()
    let pipe = try PipeEnds()
    var reader = pipe.reader
    try loop.registry.register(&reader, token: 1, interests: .readable)
    try pipe.writer.writeFully([1, 2, 3, 4])
    try expectOnce(1, .readable, &loop)
    try pipe.writer.close()
    try expectOnce(1, .readClosed, &loop)
    // There may be more after a part was read, so that it is told again.
    #expect(try form(reader, atMost: 2) == 2)
    try expectOnce(1, [.readable, .readClosed], &loop)
    #expect(try form(reader, atMost: 2) == 2)
    // Nor can it be known that the end is still the same one.
    try expectOnce(1, .readClosed, &loop)
    #expect(try form(reader, atMost: 2) == 0)
    // What a program's own operation has done is unknown.
    if form == .performed { try expectOnce(1, .readClosed, &loop) }
    try loop.expectIdle()
  }

  @Test(
    "A FIFO's end is told again if another writer has come and gone, however its data was taken",
    arguments: ReadForm.telling, [false, true])
  func namedPipe(form: ReadForm, isPolledBetween: Bool) throws(IOError) {
    var loop = try Loop()
    let pipe = try NamedPipe()
    var reader = PipeReader(adopting: try pipe.open(O_RDONLY))
    try loop.registry.register(&reader, token: 1, interests: .readable)
    try PipeWriter(adopting: try pipe.open(O_WRONLY)).close()
    try expectOnce(1, .readClosed, &loop)
    for count in 1...3 {
      let writer = PipeWriter(adopting: try pipe.open(O_WRONLY))
      try writer.writeFully(Array(repeating: 1, count: count))
      // The end that was told holds no more, which only an operation shows.
      try loop.expectIdle()
      // A short read ends the draining.
      #expect(try form(reader, atMost: 4) == count)
      if isPolledBetween { try loop.expectIdle() }
      try writer.close()
      try expectOnce(1, .readClosed, &loop)
    }
    let writer = PipeWriter(adopting: try pipe.open(O_WRONLY))
    #expect(try form(reader, atMost: 4) == nil)
    try loop.expectIdle()
    try writer.close()
    try expectOnce(1, .readClosed, &loop)
  }

  @Test("A pipe's writer is told once that the reader has gone", arguments: WriteForm.telling)
  func pipeWriter(form: WriteForm) throws(IOError) {
    var loop = try Loop()
    let pipe = try PipeEnds()
    var writer = pipe.writer
    try loop.registry.register(&writer, token: 1, interests: .writable)
    try expectOnce(1, .writable, &loop)
    try pipe.reader.close()
    try expectOnce(1, .error, &loop)
    for _ in 0..<3 {
      expectError(.brokenPipe) { () throws(IOError) in try form(writer, [1, 2]) }
      try loop.expectIdle()
    }
    try loop.registry.reregister(&writer, token: 2, interests: .writable)
    try expectOnce(2, [.writable, .error], &loop)
  }

  @Test("The peer's end behind data is told once, however much of it is read", arguments: ReadForm.telling)
  func peersEnd(form: ReadForm) throws(IOError) {
    var connected = try Connected()
    try expectPeersEnd(form, of: &connected.server) { () throws(IOError) in
      try connected.client.writeFully([1, 2, 3, 4])
      try connected.client.shutdown(.write)
    }
    var pair = try UnixStream.pair()
    try expectPeersEnd(form, of: &pair.first) { () throws(IOError) in
      try pair.second.writeFully([1, 2, 3, 4])
      try pair.second.shutdown(.write)
    }
  }

  private func expectPeersEnd<R: ByteReader & ~Copyable>(
    _ form: ReadForm, of stream: inout R, _ finish: () throws(IOError) -> Void
  ) throws(IOError) where R.S == Selector {
    var loop = try Loop(watching: &stream, token: 1, interests: .readable)
    try finish()
    try loop.expect(1, [.readable, .readClosed])
    _ = try loop.wait(.milliseconds(10))
    #expect(try form(stream, atMost: 3) == 3)
    try loop.expectIdle()
    #expect(try form(stream, atMost: 3) == 1)
    try loop.expectIdle()
    for _ in 0..<2 {
      #expect(try form(stream, atMost: 3) == 0)
      try loop.expectIdle()
    }
    try loop.registry.reregister(&stream, token: 2, interests: .readable)
    try expectOnce(2, [.readable, .readClosed], &loop)
  }

  @Test("After the peer's end writing is told of as before", arguments: WriteForm.telling)
  func writingAfterPeersEnd(form: WriteForm) throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 1, interests: [.readable, .writable])
    try ends.client.shutdown(.write)
    try loop.expect(1, [.readable, .readClosed, .writable])
    let block = [UInt8](repeating: 1, count: 65_536)
    for _ in 0..<2 {
      while try form(ends.server, block) != nil {}
      try loop.expectIdle()
      try loop.expectWritable(1, whileDraining: ends.client)
    }
  }

  @Test("Shutting down both of one's own sides is told once")
  func ownShutdown() throws(IOError) {
    var connected = try Connected()
    try expectOwnShutdown(of: &connected.server)
    var pair = try UnixStream.pair()
    try expectOwnShutdown(of: &pair.first)
  }

  private func expectOwnShutdown<A>(of stream: inout StreamSocket<Selector, A>) throws(IOError) {
    var loop = try Loop(watching: &stream, token: 1, interests: [.readable, .writable])
    try expectOnce(1, .writable, &loop)
    try stream.shutdown(.both)
    try loop.expect(1, [.readClosed, .writeClosed])
    _ = try loop.wait(.milliseconds(10))
    try loop.expectIdle()
    #expect(try stream.readOnce() == [])
    expectError(.brokenPipe) { () throws(IOError) in try stream.write([1].span) }
    try loop.expectIdle()
  }

  @Test(
    "A datagram socket that is shut down is told once, although receiving would block for ever",
    arguments: [ShutdownDirection.read, .both])
  func datagramSocket(direction: ShutdownDirection) throws(IOError) {
    var loop = try Loop()
    var pair = try UnixDatagramSocket.pair()
    try loop.registry.register(&pair.first, token: 1, interests: .readable)
    _ = try pair.second.send([1].span)
    try pair.first.shutdown(direction)
    try loop.expect(1, [.readable, .readClosed])
    #expect(try pair.first.receiveOnce() == [1])
    try loop.expectIdle()
    for _ in 0..<3 {
      expectWouldBlock { () throws(IOError) in try pair.first.receiveOnce() }
      try loop.expectIdle()
    }
  }

  /// Expects one event with at least these flags, and that the poll sleeps then.
  private func expectOnce(
    _ token: Token, _ flags: Flags, _ loop: inout Loop, sourceLocation: SourceLocation = #_sourceLocation
  ) throws(IOError) {
    let events = try loop.expect(token, flags, sourceLocation: sourceLocation)
    #expect(events.map(\.token) == [token], "\(events)", sourceLocation: sourceLocation)
    try loop.expectIdle(sourceLocation: sourceLocation)
  }
}
