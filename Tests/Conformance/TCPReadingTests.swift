import MetalCore
import Testing

@Suite("TCP: forms of reading and writing", .backend)
struct TCPReadingTests {
  @Test("Where nothing waits, reading, peeking and accepting return nil and change no buffer")
  func nothingReady() throws(IOError) {
    let ends = try Connected()
    var buffer = [UInt8](repeating: 9, count: 8)
    #expect(try ends.client.read(into: buffer.mutableSpan) == nil)
    #expect(try ends.client.peek(into: buffer.mutableSpan) == nil)
    for form in ReadForm.allCases { #expect(try form(ends.client, atMost: 8) == nil) }
    #expect(buffer == [9, 9, 9, 9, 9, 9, 9, 9])

    let bytes = try [UInt8](capacity: 8) { span throws(IOError) in
      #expect(try ends.client.read(appendingTo: &span) == nil)
      let count = span.count
      #expect(count == 0)
    }
    #expect(bytes == [])
    expectWouldBlock { () throws(IOError) in try ends.listener.accept() }
  }

  @Test("Where there is no space, every form of writing returns nil", arguments: WriteForm.allCases)
  func noSpace(form: WriteForm) throws(IOError) {
    let ends = try Connected()
    #expect(try ends.client.flood() > 0)
    let bytes = [UInt8](repeating: 1, count: 64 * 1024)
    // The system may move bytes to the peer after the flood, so that there is space for some more.
    var more = 0
    while try form(ends.client, bytes) != nil, more < 1_000 { more += 1 }
    #expect(more < 1_000)
  }

  @Test("Where something waits, a peek leaves it and a read takes it, as much as the buffer holds")
  func somethingWaits() throws(IOError) {
    let ends = try Connected()
    #expect(try ends.server.write([1, 2, 3].span) == 3)
    try ends.client.waitForData()
    var buffer = [UInt8](repeating: 0, count: 2)
    #expect(try ends.client.peek(into: buffer.mutableSpan) == 2)
    #expect(buffer == [1, 2])
    #expect(try ends.client.read(into: buffer.mutableSpan) == 2)
    #expect(buffer == [1, 2])
    #expect(try ends.client.read(into: buffer.mutableSpan) == 1)
    #expect(buffer == [3, 2])
  }

  @Test("At the end of the stream every form of reading returns 0, however often")
  func endOfStream() throws(IOError) {
    let ends = try Connected()
    try ends.server.shutdown(.write)
    #expect(try ends.client.readFully(1) == [])
    var buffer = [UInt8](repeating: 0, count: 8)
    for _ in 0..<2 {
      for form in ReadForm.allCases { #expect(try form(ends.client, atMost: 8) == 0) }
      for form in PeekForm.allCases { #expect(try form(ends.client, atMost: 8) == 0) }
    }
    #expect(try ends.client.read(into: buffer.mutableSpan) == 0)
    #expect(buffer == [0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test(
    "TCP-40 A loop that reads until nil, and returns at 0, ends when the peer has closed",
    arguments: ReadForm.allCases)
  func loopEnds(form: ReadForm) throws(IOError) {
    let ends = try Connected()
    try expectLoopEnds(ends.client, ends.server, form)
    guard Backend.hasPairs else { return }
    let pair = try UnixStream.pair()
    let pipe = try PipeEnds()
    try expectLoopEnds(pair.first, pair.second, form)
    try expectLoopEnds(pipe.reader, pipe.writer, form)
  }

  /// Has a peer write and close, and reads as a server does at each event.
  private func expectLoopEnds<R: ByteReader & ~Copyable, W: ByteWriter & ~Copyable>(
    _ reader: consuming R, _ peer: consuming W, _ form: ReadForm
  ) throws(IOError) where R.S == Selector {
    var loop = try Loop(watching: &reader, token: 40, interests: .readable)
    try peer.writeFully([1, 2, 3, 4, 5])
    drop(peer)
    var counts: [Int] = []
    try loop.run { (events: borrowing Events) throws(IOError) in
      guard !events.isEmpty else { return false }
      while let count = try form(reader, atMost: 2) {
        counts.append(count)
        // A loop that goes on here spins.
        guard count > 0, counts.count < 10 else { return true }
      }
      return false
    }
    #expect(counts.reduce(0, +) == 5 && counts.last == 0 && counts.filter { $0 == 0 }.count == 1, "\(counts)")
    // The end stays the end, without an error.
    #expect(try form(reader, atMost: 2) == 0)
  }

  @Test(
    "Every form of reading throws a reset as what it is",
    .enabled(if: !Backend.isWine, "Wine 8 ends the stream where Windows resets the connection."),
    arguments: ReadForm.allCases)
  func resetIsThrown(form: ReadForm) throws(IOError) {
    try expectReset { stream throws(IOError) in try form(stream, atMost: 8) }
  }

  @Test(
    "So does every form of peeking",
    .enabled(if: !Backend.isWine, "Wine 8 ends the stream where Windows resets the connection."),
    arguments: PeekForm.allCases)
  func resetIsThrown(form: PeekForm) throws(IOError) {
    try expectReset { stream throws(IOError) in try form(stream, atMost: 8) }
  }

  private func expectReset(_ read: (borrowing TCPStream) throws(IOError) -> Int?) throws(IOError) {
    let ends = try Connected()
    let server = ends.server
    var client = ends.client
    try client.writeFully([1])
    try server.waitForData()
    // The byte is unread, so the connection is reset.
    try server.close()
    var loop = try Loop(watching: &client, token: 1, interests: .readable)
    try loop.expect(1, .readClosed)
    expectError(.connectionReset) { () throws(IOError) in try read(client) }
  }

  @Test("Every form of writing throws that the writing side was shut down")
  func brokenPipeIsThrown() throws(IOError) {
    let ends = try Connected()
    try ends.client.shutdown(.write)
    expectBrokenPipe(ends.client)
  }

  @Test("Reading into an output span appends behind what it holds, up to its capacity")
  func outputSpan() throws(IOError) {
    let ends = try Connected()
    try ends.server.writeFully([1, 2, 3, 4, 5, 6])
    try ends.client.waitForData()
    let bytes = try [UInt8](capacity: 5) { span throws(IOError) in
      span.append(100)
      #expect(try ends.client.read(appendingTo: &span) == 4)
      let isFull = span.isFull
      #expect(isFull)
    }
    #expect(bytes == [100, 1, 2, 3, 4])

    var free = 0
    let rest = try [UInt8](capacity: 16) { span throws(IOError) in
      span.append(200)
      #expect(try ends.client.read(appendingTo: &span) == 2)
      #expect(try ends.client.read(appendingTo: &span) == nil)
      free = span.freeCapacity
    }
    #expect(rest == [200, 5, 6])
    #expect(free >= 13)
  }

  @Test("Reading into an array appends behind what it holds, as many bytes as asked for at most")
  func array() throws(IOError) {
    let ends = try Connected()
    var input: [UInt8] = [100]
    #expect(try ends.client.read(appendingTo: &input, atMost: 16) == nil)
    #expect(input == [100])
    try ends.server.writeFully([1, 2, 3, 4, 5, 6])
    try ends.client.waitForData()
    #expect(try ends.client.read(appendingTo: &input, atMost: 4) == 4)
    #expect(input == [100, 1, 2, 3, 4])
    // Room that the array has beyond that is not used.
    input.reserveCapacity(64)
    #expect(try ends.client.read(appendingTo: &input, atMost: 1) == 1)
    #expect(try ends.client.read(appendingTo: &input, atMost: 64) == 1)
    #expect(input == [100, 1, 2, 3, 4, 5, 6])
    try ends.server.shutdown(.write)
    #expect(try ends.client.readFully(1) == [])
    #expect(try ends.client.read(appendingTo: &input, atMost: 16) == 0)
    #expect(input == [100, 1, 2, 3, 4, 5, 6])
  }

  @Test("Writing no bytes returns 0 and sends nothing")
  func emptyWrite() throws(IOError) {
    let ends = try Connected()
    let none: [UInt8] = []
    for form in WriteForm.allCases { #expect(try form(ends.client, none) == 0) }
    ends.server.expectNothingToRead()
  }

  @Test("A stream is read into, and written from, a buffer on the stack")
  func inlineArrays() throws(IOError) {
    let ends = try Connected()
    let message: [4 of UInt8] = [1, 2, 3, 4]
    #expect(try ends.server.write(message.span) == 4)
    try ends.client.waitForData()
    var buffer = [8 of UInt8](repeating: 0)
    #expect(try ends.client.read(into: buffer.mutableSpan) == 4)
    #expect(buffer[0] == 1)
    #expect(buffer[3] == 4)
    #expect(buffer[4] == 0)
  }
}
