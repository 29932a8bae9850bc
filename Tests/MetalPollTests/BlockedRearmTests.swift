import CSystem
import MetalCore
import MetalSystem
import Testing

@testable import MetalPoll

/// What arrives is taken past the library, since taking arms an interest as well: so nothing but the operation that
/// would block arms it here.
@Suite("PosixPollSelector: re-arming by would-block alone", .backend)
struct BlockedRearmTests {
  @Test("What was taken past the library arms nothing: the next data is not told")
  func takenPastTheLibrary() throws(IOError) {
    var loop = try Loop()
    let source = try ReadySource(token: 1, with: loop.registry)
    try loop.expect(1, .readable)
    #expect(try source.stream.takePastTheLibrary() == 4)
    try source.peer.writeFully([5])
    try loop.expectIdle()
  }

  @Test("ET-02 After a read that would block, new data is reported", arguments: ReadForm.allCases)
  func read(form: ReadForm) throws(IOError) {
    var connected = try Connected()
    try expectTold(of: connected.client, at: &connected.server) { stream throws(IOError) in
      try form(stream, atMost: 4) == nil
    }
    var pair = try UnixStream.pair()
    try expectTold(of: pair.second, at: &pair.first) { stream throws(IOError) in try form(stream, atMost: 4) == nil }
    var pipe = try PipeEnds()
    try expectTold(of: pipe.writer, at: &pipe.reader) { reader throws(IOError) in try form(reader, atMost: 4) == nil }
  }

  @Test("ET-02 After a peek that would block, new data is reported", arguments: PeekForm.allCases)
  func peek(form: PeekForm) throws(IOError) {
    var connected = try Connected()
    try expectTold(of: connected.client, at: &connected.server) { stream throws(IOError) in
      try form(stream, atMost: 4) == nil
    }
    var pair = try UnixStream.pair()
    try expectTold(of: pair.second, at: &pair.first) { stream throws(IOError) in try form(stream, atMost: 4) == nil }
  }

  private func expectTold<R: ByteReader & DescriptorSource & ~Copyable, W: ByteWriter & ~Copyable>(
    of writer: borrowing W, at reader: inout R, after wouldBlock: (borrowing R) throws(IOError) -> Bool
  ) throws(IOError) where R.S == Selector {
    var loop = try Loop(watching: &reader, token: 1, interests: .readable)
    for byte in UInt8(1)...3 {
      try writer.writeFully([byte, byte])
      #expect(try loop.expect(1, .readable).map(\.token) == [1])
      #expect(try reader.takePastTheLibrary() == 2)
      let isBlocked = try wouldBlock(reader)
      #expect(isBlocked)
      try loop.expectIdle()
    }
  }

  @Test(
    "ET-02 After receiving or peeking a datagram would block, the next one is reported",
    arguments: ReceiveForm.allCases)
  func datagrams(form: ReceiveForm) throws(IOError) {
    var internet = try UDPPair(isConnected: true)
    try expectDatagramsTold(of: internet.first, at: &internet.second) { socket throws(IOError) in
      try form(socket, atMost: 4) == nil
    }
    var unix = try UnixDatagramSocket.pair()
    try expectDatagramsTold(of: unix.first, at: &unix.second) { socket throws(IOError) in
      try form(socket, atMost: 4) == nil
    }
  }

  @Test("ET-02 After a socket's own operation that would block, the next datagram is reported")
  func performOnDatagramSockets() throws(IOError) {
    var internet = try UDPPair(isConnected: true)
    try expectDatagramsTold(of: internet.first, at: &internet.second) { socket throws(IOError) in
      try performInVain(socket)
    }
    var unix = try UnixDatagramSocket.pair()
    try expectDatagramsTold(of: unix.first, at: &unix.second) { socket throws(IOError) in try performInVain(socket) }
  }

  private func expectDatagramsTold<A>(
    of sender: borrowing DatagramSocket<Selector, A>, at receiver: inout DatagramSocket<Selector, A>,
    after wouldBlock: (borrowing DatagramSocket<Selector, A>) throws(IOError) -> Bool
  ) throws(IOError) {
    var loop = try Loop(watching: &receiver, token: 1, interests: .readable)
    for byte in UInt8(1)...3 {
      #expect(try sender.send([byte, byte].span) == 2)
      #expect(try loop.expect(1, .readable).map(\.token) == [1])
      #expect(try receiver.takePastTheLibrary() == 2)
      let isBlocked = try wouldBlock(receiver)
      #expect(isBlocked)
      try loop.expectIdle()
    }
  }

  @Test("ET-02 After an accept that would block, the next connection is reported")
  func accept() throws(IOError) {
    try expectConnectionsTold(at: anyPort) { listener throws(IOError) in try listener.accept() == nil }
    let folder = try TemporaryFolder()
    try expectConnectionsTold(at: folder.address()) { listener throws(IOError) in try listener.accept() == nil }
  }

  @Test("ET-02 After a listener's own operation that would block, the next connection is reported")
  func performOnListeners() throws(IOError) {
    try expectConnectionsTold(at: anyPort) { listener throws(IOError) in try performInVain(listener) }
    let folder = try TemporaryFolder()
    try expectConnectionsTold(at: folder.address()) { listener throws(IOError) in try performInVain(listener) }
  }

  private func expectConnectionsTold<A: StreamAddress>(
    at address: A, after wouldBlock: (borrowing ListeningSocket<Selector, A>) throws(IOError) -> Bool
  ) throws(IOError) {
    var loop = try Loop()
    var listener = try ListeningSocket<Selector, A>(bindingTo: address)
    try loop.registry.register(&listener, token: 1, interests: .readable)
    for _ in 0..<3 {
      let client = try A.connect(to: try listener.localAddress)
      #expect(try loop.expect(1, .readable).map(\.token) == [1])
      try listener.acceptPastTheLibrary()
      let isBlocked = try wouldBlock(listener)
      #expect(isBlocked)
      try loop.expectIdle()
      try client.close()
    }
  }

  private func performInVain<T: Performing & ~Copyable>(_ source: borrowing T) throws(IOError) -> Bool {
    try source.perform { _ throws(IOError) in throw IOError(.wouldBlock) } == nil
  }
}

extension DescriptorSource where Self: ~Copyable, S == Selector {
  /// Reads or receives by a system call of the test's own, of which the source knows nothing.
  fileprivate func takePastTheLibrary() throws(IOError) -> Int {
    var buffer: [UInt8] = [0, 0, 0, 0]
    // A pipe is no socket, but a socket can be read as well.
    return try RawOperation<Selector.K>.read(rawDescriptor, into: buffer.mutableSpan)
  }

  /// Accepts a connection by a system call of the test's own, and closes it.
  fileprivate func acceptPastTheLibrary() throws(IOError) {
    _ = try opened(system_accept(rawDescriptor))
  }
}
