import MetalCore
import Testing

@Suite("ET: re-arming", .backend)
struct RearmTests {
  @Test("ET-02 After a read that would block, new data is reported", arguments: ReadForm.allCases)
  func read(form: ReadForm) throws {
    try readable { stream throws(IOError) in try form(stream, atMost: 4) }
  }

  @Test("ET-02 After a peek that would block, new data is reported", arguments: PeekForm.allCases)
  func peek(form: PeekForm) throws {
    try readable { stream throws(IOError) in try form(stream, atMost: 4) }
  }

  @Test("ET-02 After an operation of the program's own that would block, new data is reported")
  func perform() throws {
    try readable { stream throws(IOError) in
      try stream.perform { _ throws(IOError) in throw IOError(.wouldBlock) }
    }
  }

  /// Reads exactly what arrived, so that the operation would block.
  ///
  /// A backend that arms by taking has done so by then. Its own tests have to take past the library, to prove what the
  /// operation that would block does.
  private func readable(
    _ operation: (borrowing TCPStream) throws(IOError) -> Int?,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 2, interests: .readable)
    for byte in UInt8(1)...2 {
      let bytes = [byte, byte, byte, byte]
      try connected.client.writeFully(bytes)
      try loop.expect(2, .readable, sourceLocation: sourceLocation)
      #expect(try connected.server.readFully(4) == bytes, sourceLocation: sourceLocation)
      let moved = try operation(connected.server)
      #expect(moved == nil, sourceLocation: sourceLocation)
      try loop.expectQuiet(sourceLocation: sourceLocation)
    }
  }

  @Test("ET-02 After an accept that would block, the next connection is reported")
  func accept() throws {
    try acceptable { listener throws(IOError) in
      let accepted = try listener.accept()
      return accepted == nil
    }
  }

  @Test("ET-02 After a listener's own operation that would block, the next connection is reported")
  func performOnListener() throws {
    try acceptable { listener throws(IOError) in
      let value: Int? = try listener.perform { _ throws(IOError) in throw IOError(.wouldBlock) }
      return value == nil
    }
  }

  private func acceptable(
    _ wouldBlock: (borrowing TCPListener) throws(IOError) -> Bool,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var loop = try Loop()
    var listener = try TCPListener(bindingTo: anyPort)
    try loop.registry.register(&listener, token: 2, interests: .readable)
    for _ in 0..<2 {
      let client = try TCPStream(connectingTo: try listener.localAddress)
      try loop.expect(2, .readable, sourceLocation: sourceLocation)
      let accepted = try ready(listener.accept())
      #expect(try accepted.peerAddress == client.localAddress, sourceLocation: sourceLocation)
      let isBlocked = try wouldBlock(listener)
      #expect(isBlocked, sourceLocation: sourceLocation)
      try loop.expectQuiet(sourceLocation: sourceLocation)
    }
  }

  @Test("ET-02 After a write that would block, new space is reported", arguments: WriteForm.allCases)
  func write(form: WriteForm) throws {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 2, interests: .writable)
    try loop.expect(2, .writable)
    let block = [UInt8](repeating: 1, count: 65_536)
    for _ in 0..<2 {
      while try form(connected.server, block) != nil {}
      try loop.expectWritable(2, whileDraining: connected.client)
    }
  }

  @Test("ET-02 After a stream's own operation that would block, new space is reported")
  func performOnFullStream() throws {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 2, interests: .writable)
    try loop.expect(2, .writable)
    try connected.server.flood()
    expectWouldBlock { () throws(IOError) in
      try connected.server.perform { _ throws(IOError) in throw IOError(.wouldBlock) }
    }
    try loop.expectWritable(2, whileDraining: connected.client)
  }

  @Test("ET-09 After reading a part, and then the rest to would-block, new data is reported")
  func partialRead() throws {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 9, interests: .readable)
    for _ in 0..<2 {
      try connected.client.writeFully([1, 2, 3, 4, 5, 6, 7, 8])
      try loop.expect(9, .readable)
      #expect(try connected.server.readFully(3) == [1, 2, 3])
      // Something was read, so that a backend which arms by that tells of more, too.
      try connected.client.writeFully([9])
      try loop.expect(9, .readable)
      #expect(try connected.server.readFully(6) == [4, 5, 6, 7, 8, 9])
      #expect(try connected.server.drain() == 0)
    }
  }

  @Test("ET-10 A read that returned fewer bytes than asked ends the draining", arguments: ReadForm.allCases)
  func shortRead(form: ReadForm) throws {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 10, interests: .readable)
    for _ in 0..<2 {
      try connected.client.writeFully([1, 2, 3])
      var moved = 0
      while moved < 3 {
        let batch = try loop.expect(10, .readable)
        #expect(!batch.contains(where: \.isReadClosed) as Bool)
        let count = try form(connected.server, atMost: 16)
        moved += try #require(count)
      }
      #expect(moved == 3)
      try loop.expectQuiet()
    }
    try connected.client.shutdown(.write)
    try loop.expect(10, [.readable, .readClosed])
    #expect(try form(connected.server, atMost: 16) == 0)
  }

  @Test("ET-10 What an event that says read-closed announces is read on to 0", arguments: ReadForm.allCases)
  func shortReadBeforeEnd(form: ReadForm) throws {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 10, interests: .readable)
    try connected.client.writeFully([1, 2, 3])
    try connected.client.shutdown(.write)
    try loop.expect(10, [.readable, .readClosed])
    #expect(try form(connected.server, atMost: 16) == 3)
    #expect(try form(connected.server, atMost: 16) == 0)
    #expect(try form(connected.server, atMost: 16) == 0)
  }

  @Test(
    "ET-11 After a write that took fewer bytes than given, new space is reported",
    arguments: WriteForm.allCases)
  func shortWrite(form: WriteForm) throws {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 11, interests: .writable)
    try loop.expect(11, .writable)
    let bytes = [UInt8](repeating: 1, count: 1 << 20)
    for _ in 0..<2 {
      // The number given does not divide the space, but for a coincidence: then a write would block, and the next
      // attempt begins at another place.
      var moved: Int?
      var attempts = 0
      repeat {
        moved = try form(connected.server, bytes)
        if moved == nil {
          attempts += 1
          try loop.expectWritable(11, whileDraining: connected.client)
        }
      } while (moved ?? bytes.count) == bytes.count && attempts < 10
      #expect(moved.map { $0 > 0 && $0 < bytes.count } == true)
      try loop.expectWritable(11, whileDraining: connected.client)
    }
  }
}
