import MetalCore
import Testing

@Suite("ROOM: reading into no room", .backend)
struct RoomTests {
  /// The forms that read a stream into one buffer, or an output span.
  private static let forms: [ReadForm] = [.read, .readIfReady, .appending, .appendingIfReady]

  @Test("ROOM-01 A TCP stream reports whether a read would block, and takes no byte", arguments: forms)
  func tcp(_ form: ReadForm) throws {
    let ends = try Connected()
    try expectNothingTaken(ends.client, ends.server) { stream throws(IOError) in
      try form(stream, atMost: 0)
    }
    try ends.server.shutdown(.write)
    #expect(try ends.client.readFully(1) == [])
    #expect(try form(ends.client, atMost: 0) == 0)
  }

  @Test("ROOM-01 So does a Unix-domain stream", arguments: forms)
  func unix(_ form: ReadForm) throws {
    let pair = try UnixStream.pair()
    try expectNothingTaken(pair.first, pair.second) { stream throws(IOError) in
      try form(stream, atMost: 0)
    }
    try pair.second.shutdown(.write)
    #expect(try form(pair.first, atMost: 0) == 0)
  }

  @Test("ROOM-01 So does a peek", arguments: PeekForm.allCases)
  func peek(_ form: PeekForm) throws {
    let ends = try Connected()
    try expectNothingTaken(ends.client, ends.server) { stream throws(IOError) in
      try form(stream, atMost: 0)
    }
    let pair = try UnixStream.pair()
    try expectNothingTaken(pair.first, pair.second) { stream throws(IOError) in
      try form(stream, atMost: 0)
    }
  }

  /// Reads into no room before data arrives, while it waits, and after it was read.
  private func expectNothingTaken<T: StreamSocket & ByteReader & ByteWriter & ~Copyable>(
    _ stream: borrowing T, _ peer: borrowing T, _ read: (borrowing T) throws(IOError) -> Int?
  ) throws {
    #expect(try read(stream) == nil)
    try peer.writeFully([1, 2])
    try stream.waitForData()
    for _ in 0..<3 { #expect(try read(stream) == 0) }
    #expect(try stream.readFully(2) == [1, 2])
    #expect(try read(stream) == nil)
  }

  @Test("ROOM-02 A pending error is thrown, and taken", arguments: forms)
  func pendingError(_ form: ReadForm) throws {
    // A port that nobody listens on any more.
    let address = try TCPListener(bindingTo: anyPort).localAddress
    var stream = try TCPStream(connectingTo: address)
    var loop = try Loop()
    try loop.registry.register(&stream, token: 1, interests: .writable)
    try loop.expect(1, .error)
    expectError(.connectionRefused) { () throws(IOError) in _ = try form(stream, atMost: 0) }
    #expect(try stream.takePendingError() == nil)
  }

  @Test("ROOM-03 A UDP socket takes a datagram, or would block", arguments: ReceiveForm.allCases)
  func udp(_ form: ReceiveForm) throws {
    let pair = try UDPPair()
    let (from, to) = try (pair.first.localAddress, pair.second.localAddress)
    let source = form.namesSource ? from : nil
    #expect(try form(pair.second, atMost: 0) == nil)
    for payload: [UInt8] in [[1], [], [1, 2, 3]] {
      try pair.first.send(payload.span, to: to)
      let expected = ReceivedBytes(bytes: [], isTruncated: !payload.isEmpty, source: source)
      #expect(try pair.second.receiveWhenReady(form, atMost: 0) == expected)
      if form.isPeek { #expect(try pair.second.receiveNow().bytes == payload) }
      #expect(try form(pair.second, atMost: 0) == nil)
    }
  }

  @Test("ROOM-03 So does a vector without buffers")
  func udpVector() throws {
    let pair = try UDPPair()
    let to = try pair.second.localAddress
    let before = try pair.second.receiveIfReady(into: MutableIOVector<1>())
    #expect(before == nil)
    try pair.first.send([1].span, to: to)
    try pair.first.send([2].span, to: to)
    #expect(try pair.second.receiveWhenReady(.peek, atMost: 1).bytes == [1])
    let taken = try pair.second.receive(into: MutableIOVector<1>())
    #expect(taken == ReceivedDatagram(count: 0, isTruncated: true))
    #expect(try pair.second.receiveWhenReady().bytes == [2])
    let after = try pair.second.receiveIfReady(into: MutableIOVector<1>())
    #expect(after == nil)
  }

  @Test("ROOM-03 So does a Unix-domain datagram socket")
  func unixDatagram() throws {
    let pair = try UnixDatagram.pair()
    var none: [UInt8] = []
    #expect(try pair.second.receiveIfReady(into: none.mutableSpan) == nil)
    #expect(try pair.second.peekIfReady(into: none.mutableSpan) == nil)
    for payload: [UInt8] in [[1], [], [1, 2, 3]] {
      try pair.first.send(payload.span)
      let expected = ReceivedDatagram(count: 0, isTruncated: !payload.isEmpty)
      #expect(try pair.second.peek(into: none.mutableSpan) == expected)
      #expect(try pair.second.receive(into: none.mutableSpan) == expected)
      #expect(try pair.second.receiveIfReady(into: none.mutableSpan) == nil)
    }
  }

  @Test("ROOM-04 A pipe returns 0, whatever has arrived", arguments: forms)
  func pipe(_ form: ReadForm) throws {
    let pipe = try Pipe()
    try expectZero(form, pipe.reader, pipe.writer)
  }

  @Test("ROOM-04 So does a vector without room", arguments: [ReadForm.vectored, .vectoredIfReady])
  func vectors(_ form: ReadForm) throws {
    let pipe = try Pipe()
    try expectZero(form, pipe.reader, pipe.writer)
    let ends = try Connected()
    try expectZero(form, ends.client, ends.server)
    let pair = try UnixStream.pair()
    try expectZero(form, pair.first, pair.second)
  }

  /// Reads into no room before and after data arrives.
  private func expectZero<R: ByteReader & ~Copyable, W: ByteWriter & ~Copyable>(
    _ form: ReadForm, _ reader: borrowing R, _ writer: borrowing W
  ) throws {
    #expect(try form(reader, atMost: 0) == 0)
    try writer.writeFully([1, 2])
    try pause(.milliseconds(10))
    #expect(try form(reader, atMost: 0) == 0)
    #expect(try reader.readFully(2) == [1, 2])
  }
}
