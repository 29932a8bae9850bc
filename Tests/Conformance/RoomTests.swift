import MetalCore
import Testing

@Suite("ROOM: reading into no room", .backend)
struct RoomTests {
  /// The forms that may read into no room: in a debug build only the last, which goes past the source.
  private static let forms: [ReadForm] =
    isDebugBuild ? [.performed] : [.span, .rawSpan, .appending, .performed]

  @Test("ROOM-01 A stream reports whether a read would block, and takes no byte", arguments: forms)
  func streams(_ form: ReadForm) throws(IOError) {
    let ends = try Connected()
    try expectNothingTaken(ends.client, ends.server) { stream throws(IOError) in try form(stream, atMost: 0) }
    guard Backend.hasPairs else { return }
    let pair = try UnixStream.pair()
    try expectNothingTaken(pair.first, pair.second) { stream throws(IOError) in try form(stream, atMost: 0) }
  }

  @Test("ROOM-01 So does a peek", arguments: PeekForm.allCases)
  func peek(_ form: PeekForm) throws(IOError) {
    let ends = try Connected()
    try expectNothingTaken(ends.client, ends.server) { stream throws(IOError) in try form(stream, atMost: 0) }
    guard Backend.hasPairs else { return }
    let pair = try UnixStream.pair()
    try expectNothingTaken(pair.first, pair.second) { stream throws(IOError) in try form(stream, atMost: 0) }
  }

  /// Reads into no room before data arrives, while it waits, after it was read, and at the end.
  private func expectNothingTaken<A: EndpointAddress>(
    _ stream: borrowing StreamSocket<Selector, A>, _ peer: borrowing StreamSocket<Selector, A>,
    _ read: (borrowing StreamSocket<Selector, A>) throws(IOError) -> Int?
  ) throws(IOError) {
    #expect(try read(stream) == nil)
    try peer.writeFully([1, 2])
    try stream.waitForData()
    for _ in 0..<3 { #expect(try read(stream) == 0) }
    #expect(try stream.readFully(2) == [1, 2])
    #expect(try read(stream) == nil)
    try peer.shutdown(.write)
    #expect(try stream.readFully(1) == [])
    #expect(try read(stream) == 0)
  }

  @Test(
    "ROOM-02 A pending error is thrown, and taken",
    .enabled(if: !Backend.isWine, "Wine 8 does not clear a pending error, and no read returns the error."),
    arguments: forms)
  func pendingError(_ form: ReadForm) throws(IOError) {
    // A port that nobody listens on any more.
    let address = try TCPListener(bindingTo: anyPort).localAddress
    var stream = try TCPStream(connectingTo: address)
    var loop = try Loop(watching: &stream, token: 1, interests: .writable)
    try loop.expect(1, .error)
    expectError(.connectionRefused) { () throws(IOError) in try form(stream, atMost: 0) }
    #expect(try stream.takePendingError() == nil)
  }

  @Test("ROOM-03 A datagram socket takes a datagram, or would block", arguments: ReceiveForm.allCases)
  func datagrams(_ form: ReceiveForm) throws(IOError) {
    let pair = try UDPPair(isConnected: true)
    try expectDatagramsTaken(pair.second, from: pair.first, form)
    guard Backend.hasPairs else { return }
    let unixPair = try UnixDatagramSocket.pair()
    try expectDatagramsTaken(unixPair.second, from: unixPair.first, form)
  }

  private func expectDatagramsTaken<A>(
    _ socket: borrowing DatagramSocket<Selector, A>, from peer: borrowing DatagramSocket<Selector, A>,
    _ form: ReceiveForm
  ) throws(IOError) {
    #expect(try form(socket, atMost: 0) == nil)
    for payload: [UInt8] in [[1], [], [1, 2, 3]] {
      #expect(try peer.send(payload.span) == payload.count)
      let expected = ReceivedBytes(bytes: [], isTruncated: !payload.isEmpty, source: try peer.localAddress)
      #expect(try socket.receiveWhenReady(form, atMost: 0) == expected)
      if form.isPeek { #expect(try socket.receiveNow().bytes == payload) }
      #expect(try form(socket, atMost: 0) == nil)
    }
  }

  @Test("ROOM-03 So does a vector without buffers")
  func udpVector() throws(IOError) {
    let pair = try UDPPair()
    let (from, to) = try (pair.first.localAddress, pair.second.localAddress)
    var storage = IOVectorStorage<1>()
    let before = try pair.second.receive(into: storage.makeMutableVector())
    #expect(before == nil)
    #expect(try pair.first.send([1].span, to: to) == 1)
    #expect(try pair.first.send([2].span, to: to) == 1)
    #expect(try pair.second.receiveWhenReady(.peek, atMost: 1).bytes == [1])
    let taken = try ready(pair.second.receive(into: storage.makeMutableVector()))
    #expect(taken.count == 0 && taken.isTruncated && taken.source == from)
    #expect(try pair.second.receiveWhenReady().bytes == [2])
    let after = try pair.second.receive(into: storage.makeMutableVector())
    #expect(after == nil)
  }

  @Test("ROOM-04 A pipe returns 0, whatever has arrived", .enabled(if: Backend.hasPairs), arguments: forms)
  func pipe(_ form: ReadForm) throws(IOError) {
    let pipe = try PipeEnds()
    #expect(try form(pipe.reader, atMost: 0) == 0)
    try pipe.writer.writeFully([1, 2])
    #expect(try form(pipe.reader, atMost: 0) == 0)
    #expect(try pipe.reader.readFully(2) == [1, 2])
  }

  @Test("ROOM-04 So does a vector without room")
  func vectors() throws(IOError) {
    let ends = try Connected()
    try expectNoRoom(ends.client, ends.server)
    guard Backend.hasPairs else { return }
    let pipe = try PipeEnds()
    try expectNoRoom(pipe.reader, pipe.writer)
    let pair = try UnixStream.pair()
    try expectNoRoom(pair.first, pair.second)
  }

  private func expectNoRoom<R: ByteReader & ~Copyable, W: ByteWriter & ~Copyable>(
    _ reader: borrowing R, _ writer: borrowing W
  ) throws(IOError) {
    #expect(try takeIntoNoRoom(reader) == 0)
    try writer.writeFully([1, 2])
    try pause(.milliseconds(10))
    #expect(try takeIntoNoRoom(reader) == 0)
    #expect(try reader.readFully(2) == [1, 2])
  }

  /// Takes into two buffers without a byte, past the source.
  private func takeIntoNoRoom<R: ByteReader & ~Copyable>(_ reader: borrowing R) throws(IOError) -> Int? {
    var (first, second): ([UInt8], [UInt8]) = ([], [])
    var storage = IOVectorStorage<2>()
    if !isDebugBuild {
      var vector = storage.makeMutableVector()
      vector.append(first.mutableSpan)
      vector.append(second.mutableSpan)
      return try reader.read(into: vector)
    }
    return try reader.perform { descriptor throws(IOError) in
      var vector = storage.makeMutableVector()
      vector.append(first.mutableSpan)
      vector.append(second.mutableSpan)
      return try R.take(from: descriptor, into: vector)
    }
  }

  @Test(
    "ROOM-05 Reading a stream or a pipe into no room stops a debug build, or every build, and says why",
    arguments: ReadForm.allCases.filter { $0 != .performed }, Backend.hasPairs ? [false, true] : [false])
  func stops(_ form: ReadForm, isPipe: Bool) async throws(IOError) {
    let number = try required(ReadForm.allCases.firstIndex(of: form))
    let stops = isDebugBuild || form == .growing
    let result = await #expect(
      processExitsWith: stops ? .failure : .success, observing: [\.standardErrorContent]
    ) { [number = number as Int, isPipe = isPipe as Bool] in
      try onBackend { () throws(IOError) in
        let form = ReadForm.allCases[number]
        let ends = try Connected()
        try ends.server.shutdown(.write)
        #expect(try ends.client.readFully(1) == [])
        let count = isPipe ? try form(PipeEnds().reader, atMost: 0) : try form(ends.client, atMost: 0)
        #expect(count == 0)
      }
    }
    guard stops else { return }
    switch form {
    case .growing: expectTrap(result, "A read of at most 0 bytes would look like the end of the stream. Ask for")
    case .appending: expectTrap(result, "The span is full, so 0 would look like the end")
    default: expectTrap(result, "The buffer is empty, so 0 would look like the end")
    }
  }
}
