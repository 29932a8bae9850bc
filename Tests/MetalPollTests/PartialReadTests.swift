import MetalCore
import Testing

@testable import MetalPoll

@Suite("PosixPollSelector: re-arming by taking a part", .backend)
struct PartialReadTests {
  @Test(
    "ET-09 After a read that filled its buffer exactly, what comes then is told, and so is what is left",
    arguments: ReadForm.allCases)
  func streams(form: ReadForm) throws(IOError) {
    var connected = try Connected()
    try expectRearmed(&connected.server, by: form, from: connected.client)
    var pair = try UnixStream.pair()
    try expectRearmed(&pair.first, by: form, from: pair.second)
    var pipe = try PipeEnds()
    try expectRearmed(&pipe.reader, by: form, from: pipe.writer)
  }

  private func expectRearmed<R: ByteReader & ~Copyable, W: ByteWriter & ~Copyable>(
    _ reader: inout R, by form: ReadForm, from writer: borrowing W
  ) throws(IOError) where R.S == Selector {
    var loop = try Loop(watching: &reader, token: 1, interests: .readable)
    // All of it is read, to the byte: nothing has said that there is no more.
    for _ in 0..<2 {
      try writer.writeFully([1, 2, 3, 4])
      try expectTold(&loop)
      #expect(try form(reader, atMost: 4) == 4)
      try loop.expectIdle()
    }
    // A part is read.
    try writer.writeFully([1, 2, 3, 4])
    try expectTold(&loop)
    #expect(try form(reader, atMost: 2) == 2)
    try expectTold(&loop)
    #expect(try form(reader, atMost: 2) == 2)
    try loop.expectIdle()
    // Nothing is read: that new data is not told then is what the catalogue leaves open.
    try writer.writeFully([1])
    try expectTold(&loop)
    try writer.writeFully([2])
    try loop.expectIdle()
    #expect(try form(reader, atMost: 1) == 1)
    try expectTold(&loop)
  }

  private func expectTold(_ loop: inout Loop, sourceLocation: SourceLocation = #_sourceLocation) throws(IOError) {
    let events = try loop.expect(1, .readable, sourceLocation: sourceLocation)
    #expect(events.map(\.token) == [1], "\(events)", sourceLocation: sourceLocation)
    try loop.expectIdle(.milliseconds(2), sourceLocation: sourceLocation)
  }

  @Test("ET-09 When one of two datagrams was received the other is told", arguments: ReceiveForm.taking)
  func datagrams(form: ReceiveForm) throws(IOError) {
    let pair = try UDPPair(isConnected: true)
    try expectBothTold(pair.second, from: pair.first, form)
    let unixPair = try UnixDatagramSocket.pair()
    try expectBothTold(unixPair.second, from: unixPair.first, form)
  }

  private func expectBothTold<A>(
    _ socket: consuming DatagramSocket<Selector, A>, from sender: borrowing DatagramSocket<Selector, A>,
    _ form: ReceiveForm
  ) throws(IOError) {
    var loop = try Loop()
    _ = try sender.send([1].span)
    try loop.registry.register(&socket, token: 1, interests: .readable)
    try expectTold(&loop)
    _ = try sender.send([2].span)
    try loop.expectIdle()
    for byte in UInt8(1)...2 {
      #expect(try socket.receiveNow(form).bytes == [byte])
      if byte == 1 { try expectTold(&loop) }
    }
    try loop.expectIdle()
    // An empty one is one, too.
    let nothing: [UInt8] = []
    _ = try sender.send(nothing.span)
    try expectTold(&loop)
    #expect(try socket.receiveNow(form).bytes == [])
    _ = try sender.send([3].span)
    try expectTold(&loop)
  }

  @Test("ET-09 When one of two connections was accepted the other is told")
  func connections() throws(IOError) {
    try expectBothTold(at: anyPort)
    let folder = try TemporaryFolder()
    try expectBothTold(at: folder.address())
  }

  private func expectBothTold<A: StreamAddress>(at address: A) throws(IOError) {
    var loop = try Loop()
    var listener = try ListeningSocket<Selector, A>(bindingTo: address)
    let first = try A.connect(to: try listener.localAddress)
    let second = try A.connect(to: try listener.localAddress)
    try loop.registry.register(&listener, token: 1, interests: .readable)
    for _ in 0..<2 {
      try expectTold(&loop)
      _ = try ready(listener.accept())
    }
    try loop.expectIdle()
    try first.close()
    try second.close()
  }
}
