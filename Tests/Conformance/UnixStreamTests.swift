import MetalCore
import Testing

@Suite("UDS: streams", .backend)
struct UnixStreamTests {
  @Test("UDS-01 A stream against an echo server by path gets back what it sends", .enabled(if: Backend.hasUnixSockets))
  func echoes() throws(IOError) {
    let folder = try TemporaryFolder()
    let peer = try EchoPeer(folder.address())
    try expectEchoes(on: UnixStream(connectingTo: folder.address()), from: peer)
  }

  @Test(
    "UDS-03 A stream that connected by path is writable, and readable when its peer is dropped",
    .enabled(if: Backend.hasUnixSockets))
  func connectsByPath() throws(IOError) {
    let folder = try TemporaryFolder()
    let listener = try UnixListener(bindingTo: folder.address())
    try expectPeerEnd(try UnixStream(connectingTo: folder.address()), by: listener)
  }

  @Test(
    "UDS-04 A stream that connected by the address which a listener gave does the same",
    .enabled(if: Backend.hasUnixSockets))
  func connectsByAddress() throws(IOError) {
    let folder = try TemporaryFolder()
    let listener = try UnixListener(bindingTo: folder.address())
    try expectPeerEnd(try UnixStream(connectingTo: try listener.localAddress), by: listener)
  }

  private func expectPeerEnd(_ stream: consuming UnixStream, by listener: borrowing UnixListener) throws(IOError) {
    var loop = try Loop(watching: &stream, token: 1, interests: [.readable, .writable])
    try loop.expect(1, .writable)
    let accepted = try listener.acceptWhenReady()
    let peer = accepted.stream
    try loop.expectQuiet()
    try peer.close()
    try loop.expect(1, [.readable, .readClosed])
    #expect(try stream.readOnce() == [])
    #expect(try stream.takePendingError() == nil)
  }

  @Test(
    "UDS-05 The streams of a pair are writable, and pass data in both directions until they are drained",
    .enabled(if: Backend.hasPairs))
  func pair() throws(IOError) {
    let pair = try UnixStream.pair()
    var first = pair.first
    var second = pair.second
    var loop = try Loop(watching: &first, token: 1, interests: [.readable, .writable])
    try loop.registry.register(&second, token: 2, interests: [.readable, .writable])
    try loop.expectEach([1: .writable, 2: .writable])
    expectWouldBlock { () throws(IOError) in try first.readOnce() }
    expectWouldBlock { () throws(IOError) in try second.readOnce() }
    #expect(try first.localAddress == .unnamed)
    #expect(try first.peerAddress == .unnamed)
    for round in UInt8(0)..<3 {
      #expect(try first.write([round, 1, 2].span) == 3)
      #expect(try second.write([round, 3].span) == 2)
      try loop.expectEach([1: .readable, 2: .readable])
      #expect(try first.readOnce() == [round, 3])
      #expect(try second.readOnce() == [round, 1, 2])
      expectWouldBlock { () throws(IOError) in try first.readOnce() }
      expectWouldBlock { () throws(IOError) in try second.readOnce() }
    }
  }

  @Test(
    "UDS-06 A connected stream's peer is the listener's path, and its own address is unnamed",
    .enabled(if: Backend.hasUnixSockets))
  func addresses() throws(IOError) {
    let folder = try TemporaryFolder()
    let ends = try UnixConnected(folder.address())
    let path = try folder.address()
    #expect(try ends.client.peerAddress == path)
    #expect(try ends.client.localAddress == .unnamed)
    #expect(try ends.client.localAddress.isUnnamed)
  }

  @Test(
    "UDS-10 A stream reregistered from readable to writable under one token is told writable",
    .enabled(if: Backend.hasPairs))
  func reregisters() throws(IOError) {
    var loop = try Loop()
    let pair = try UnixStream.pair()
    var stream = pair.first
    try loop.registry.register(&stream, token: 1, interests: .readable)
    try loop.registry.reregister(&stream, token: 1, interests: .writable)
    let events = try loop.expect(1, .writable)
    #expect(events.allSatisfy { $0.token == 1 && !$0.isReadable } as Bool)
    withExtendedLifetime(pair.second) {}
  }

  @Test("UDS-10 A writable stream that is deregistered before the first poll is quiet", .enabled(if: Backend.hasPairs))
  func deregisters() throws(IOError) {
    var loop = try Loop()
    let pair = try UnixStream.pair()
    var stream = pair.first
    try loop.registry.register(&stream, token: 1, interests: .writable)
    try loop.registry.deregister(&stream)
    try loop.expectQuiet()
    #expect(try stream.write([1].span) == 1)
    #expect(try pair.second.readFully(1) == [1])
  }

  @Test(
    "UDS-23 Streams, listeners, datagram sockets and pipes may be used from, and shared by, threads",
    .enabled(if: Backend.hasPairs))
  func sharing() throws(IOError) {
    requireSendable(UnixStream.self)
    requireSendable(UnixListener.self)
    requireSendable(UnixDatagramSocket.self)
    requireSendable(PipeReader.self)
    requireSendable(PipeWriter.self)
    requireSendable(UnixAddress.self)
    let folder = try TemporaryFolder()
    let address = try folder.address()
    let listener = Shared(try UnixListener(bindingTo: address))
    let pair = try UnixStream.pair()
    let (here, there) = (Shared(pair.first), Shared(pair.second))
    let datagrams = try UnixDatagramSocket.pair()
    let (sender, receiver) = (Shared(datagrams.first), Shared(datagrams.second))
    let accepted = Handoff<UnixStream>()
    try meanwhile({
      recordingErrors { () throws(IOError) in
        let received = try there.value.readFully(2)
        #expect(received == [1, 2])
        try there.value.writeFully([3])
        _ = try sender.value.send([4, 5].span)
        accepted.put(try listener.value.acceptWhenReady().stream)
      }
    }) { () throws(IOError) in
      let client = try UnixStream(connectingTo: address)
      try client.writeFully([6])
      try here.value.writeFully([1, 2])
      #expect(try here.value.readFully(1) == [3])
    }
    #expect(try receiver.value.receiveOnce() == [4, 5])
    let stream = try accepted.taken()
    #expect(try stream.readFully(1) == [6])
  }
}
