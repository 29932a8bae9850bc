import MetalCore
import Testing

@Suite("UDS: datagram sockets", .backend)
struct UnixDatagramTests {
  @Test("UDS-17 Two sockets bound to paths send to each other, and are told who sent", .enabled(if: Backend.hasPairs))
  func unconnected() throws(IOError) {
    let folder = try TemporaryFolder()
    let sockets = try UnixDatagrams(in: folder)
    try expectExchange(sockets.first, sockets.second, isConnected: false)
  }

  @Test(
    "UDS-18 Two bound sockets that are connected send without addresses, and mirror their paths",
    .enabled(if: Backend.hasPairs))
  func connected() throws(IOError) {
    let folder = try TemporaryFolder()
    let sockets = try UnixDatagrams(in: folder)
    try sockets.first.connect(to: folder.address("second"))
    try sockets.second.connect(to: folder.address("first"))
    #expect(try sockets.first.peerAddress == folder.address("second"))
    #expect(try sockets.second.peerAddress == folder.address("first"))
    try expectExchange(sockets.first, sockets.second, isConnected: true)
  }

  @Test("UDS-20 A socket may connect to a path, even to its own", .enabled(if: Backend.hasPairs))
  func connectsToItself() throws(IOError) {
    let folder = try TemporaryFolder()
    var loop = try Loop()
    var socket = try UnixDatagramSocket(bindingTo: folder.address())
    try socket.connect(to: folder.address())
    #expect(try socket.peerAddress == folder.address())
    try loop.registry.register(&socket, token: 1, interests: [.readable, .writable])
    try loop.expect(1, .writable)
    #expect(try socket.send([1, 2].span) == 2)
    try loop.expect(1, .readable)
    let expected = ReceivedBytes(bytes: [1, 2], source: try folder.address())
    #expect(try socket.receiveOnceFrom() == expected)
    let other = try UnixDatagramSocket()
    expectError(.notConnected) { () throws(IOError) in try other.peerAddress }
    #expect(try other.localAddress == .unnamed)
  }

  @Test("UDS-21 The sockets of a pair send to each other", .enabled(if: Backend.hasPairs))
  func pair() throws(IOError) {
    let pair = try UnixDatagramSocket.pair()
    #expect(try pair.first.localAddress == .unnamed)
    #expect(try pair.second.peerAddress == .unnamed)
    try expectExchange(pair.first, pair.second, isConnected: true)
  }

  @Test(
    "UDS-22 A socket reregistered from readable to writable under one token is told writable",
    .enabled(if: Backend.hasPairs))
  func reregisters() throws(IOError) {
    var loop = try Loop()
    let folder = try TemporaryFolder()
    var socket = try UnixDatagramSocket(bindingTo: folder.address())
    try loop.registry.register(&socket, token: 1, interests: .readable)
    try loop.registry.reregister(&socket, token: 1, interests: .writable)
    let events = try loop.expect(1, .writable)
    #expect(events.allSatisfy { $0.token == 1 && !$0.isReadable } as Bool)
  }

  @Test("UDS-22 A writable socket that is deregistered before the first poll is quiet", .enabled(if: Backend.hasPairs))
  func deregisters() throws(IOError) {
    var loop = try Loop()
    let folder = try TemporaryFolder()
    var socket = try UnixDatagramSocket(bindingTo: folder.address())
    try loop.registry.register(&socket, token: 1, interests: .writable)
    try loop.registry.deregister(&socket)
    try loop.expectQuiet()
    #expect(try socket.send([1].span, to: folder.address()) == 1)
    #expect(try socket.receiveOnce() == [1])
  }

  @Test(
    "A sender that was never bound is unnamed, and a buffer that is too small is told as truncation",
    .enabled(if: Backend.hasPairs))
  func unnamedSender() throws(IOError) {
    let folder = try TemporaryFolder()
    let receiver = try UnixDatagramSocket(bindingTo: folder.address())
    let sender = try UnixDatagramSocket()
    var buffer: [UInt8] = [0, 0]
    #expect(try sender.send([1, 2, 3].span, to: folder.address()) == 3)
    #expect(try sender.send([4, 5, 6].span, to: folder.address()) == 3)
    #expect(try sender.send(buffer.span.extracting(first: 0), to: folder.address()) == 0)
    let peeked = try ready(receiver.peek(into: buffer.mutableSpan))
    #expect(peeked.count == 2 && peeked.isTruncated && peeked.source == .unnamed)
    let received = try ready(receiver.receive(into: buffer.mutableSpan))
    #expect(received.count == 2 && received.isTruncated && received.source == .unnamed)
    #expect(buffer == [1, 2])
    #expect(try receiver.receiveOnceFrom() == ReceivedBytes(bytes: [4, 5, 6], source: .unnamed))
    // An empty datagram is one like any other, and not the end.
    #expect(try receiver.receiveOnceFrom() == ReceivedBytes(bytes: [], source: .unnamed))
    expectWouldBlock { () throws(IOError) in try receiver.receiveOnce() }
  }
}
