import MetalCore
import Testing

@Suite("ET: the edge-trigger contract", .backend)
struct EdgeTests {
  @Test("ET-01 A readable event comes once, and again only after something new")
  func readableOnce() throws(IOError) {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 1, interests: .readable)
    try connected.client.writeFully([1])
    try loop.expect(1, .readable)
    for _ in 0..<3 { try loop.expectQuiet() }
    try connected.client.writeFully([2])
    if Backend.reportsNewDataUndrained { try loop.expect(1, .readable) }
    try loop.expectQuiet()
    try connected.server.drain()
    try loop.expectQuiet()
    try connected.client.writeFully([3])
    try loop.expect(1, .readable)
    try loop.expectQuiet()
  }

  @Test("ET-01 A writable event comes once")
  func writableOnce() throws(IOError) {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.client, token: 1, interests: .writable)
    try loop.registry.register(&connected.server, token: 2, interests: [.readable, .writable])
    let batch = try loop.gather(polls: 3) { $0.count == 2 }
    #expect(Set(batch.map(\.token)) == [1, 2])
    #expect(batch.count == 2)
    for _ in 0..<3 { try loop.expectQuiet() }
  }

  @Test("ET-01 A waiting connection is reported once, and again only after something new")
  func connectionOnce() throws(IOError) {
    var loop = try Loop()
    var listener = try TCPListener(bindingTo: anyPort)
    try loop.registry.register(&listener, token: 1, interests: .readable)
    let first = try TCPStream(connectingTo: try listener.localAddress)
    try loop.expect(1, .readable)
    for _ in 0..<3 { try loop.expectQuiet() }
    let second = try TCPStream(connectingTo: try listener.localAddress)
    if Backend.reportsNewDataUndrained { try loop.expect(1, .readable) }
    try loop.expectQuiet()
    try second.close()
    try first.close()
  }

  @Test("ET-05 Each connection is reported, once the ones before it were accepted")
  func connections() throws(IOError) {
    var loop = try Loop()
    var listener = try TCPListener(bindingTo: anyPort)
    try loop.registry.register(&listener, token: 5, interests: .readable)
    for _ in 0..<2 {
      let client = try TCPStream(connectingTo: try listener.localAddress)
      let batch = try loop.expect(5, .readable)
      #expect(batch.allSatisfy { $0.token == 5 } as Bool)
      let accepted = try ready(listener.accept())
      #expect(try accepted.peerAddress == client.localAddress)
      expectWouldBlock { () throws(IOError) in try listener.accept() }
    }
    try loop.expectQuiet()
  }

  @Test(
    "ET-06 A successful peek consumes nothing and disarms nothing: the readable event still comes",
    arguments: PeekForm.allCases)
  func peekDisarmsNothing(peek: PeekForm) throws(IOError) {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 6, interests: .readable)
    try connected.client.writeFully([42])
    var peeked: Int?
    for _ in 0..<200 where peeked == nil {
      peeked = try peek(connected.server, atMost: 4)
      if peeked == nil { try pause(.milliseconds(10)) }
    }
    #expect(peeked == 1)
    #expect(try peek(connected.server, atMost: 1) == 1)
    try loop.expect(6, .readable)
    #expect(try peek(connected.server, atMost: 4) == 1)
    #expect(try connected.server.readFully(1) == [42])
  }

  @Test("ET-07 An operation of the program's own runs once, and its value or error comes back unchanged")
  func perform() throws(IOError) {
    let connected = try Connected()
    try expectPassedOn(by: connected.client)
    try expectPassedOn(by: connected.listener)
    let owned = try ready(connected.client.perform { _ throws(IOError) in Unique(value: 7) })
    #expect(owned.value == 7)
    let descriptors = try [
      connected.client.perform { descriptor throws(IOError) in descriptor },
      connected.server.perform { descriptor throws(IOError) in descriptor },
    ]
    #expect(Set(descriptors).count == 2)
    let address = try connected.listener.perform { descriptor throws(IOError) in
      try RawOperation<Selector.K>.localAddress(descriptor)
    }
    #expect(try address == connected.listener.localAddress)
  }

  @Test("ET-07 So it does for Unix-domain sockets and pipes", .enabled(if: Backend.hasPairs))
  func performOnOthers() throws(IOError) {
    let folder = try TemporaryFolder()
    try expectPassedOn(by: UnixListener(bindingTo: folder.address()))
    try expectPassedOn(by: UnixDatagramSocket())
    let pair = try UnixStream.pair()
    try expectPassedOn(by: pair.first)
    let pipe = try PipeEnds()
    try expectPassedOn(by: pipe.reader)
    try expectPassedOn(by: pipe.writer)
    let descriptors = try [
      pipe.reader.perform { descriptor throws(IOError) in descriptor },
      pipe.writer.perform { descriptor throws(IOError) in descriptor },
    ]
    #expect(Set(descriptors).count == 2)
  }

  @Test("ET-08 An operation after an event may still block, and what is new is reported after that")
  func spuriousEvent() throws(IOError) {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 8, interests: .readable)
    for byte in UInt8(1)...3 {
      try connected.client.writeFully([byte])
      // Taken before the poll, so that an event, if one comes, has nothing behind it any more.
      #expect(try connected.server.readFully(1) == [byte])
      let batch = try loop.gatherUntilQuiet()
      #expect(batch.allSatisfy { $0.token == 8 } as Bool)
      #expect(try connected.server.drain() == 0)
      try connected.client.writeFully([byte, byte])
      try loop.expect(8, .readable)
      #expect(try connected.server.readFully(2) == [byte, byte])
      #expect(try connected.server.drain() == 0)
    }
  }
}

/// A value that cannot be copied.
private struct Unique: ~Copyable {
  let value: Int
}
