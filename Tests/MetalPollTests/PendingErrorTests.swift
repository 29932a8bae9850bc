import CSystem
import MetalCore
import MetalSystem
import Testing

@testable import MetalPoll

@Suite("PosixPollSelector: pending errors", .backend)
struct PendingErrorTests {
  /// How a program comes to know of a pending error.
  enum Taking: CaseIterable {
    case receiving, peeking, sending, asking, performing

    func callAsFunction(_ socket: borrowing UDPSocket) throws(IOError) -> IOError.Kind? {
      var buffer: [UInt8] = [0, 0, 0, 0]
      do throws(IOError) {
        switch self {
        case .receiving: _ = try socket.receive(into: buffer.mutableSpan)
        case .peeking: _ = try socket.peek(into: buffer.mutableSpan)
        case .sending: _ = try socket.send([0].span)
        case .asking: return try socket.takePendingError()?.kind
        case .performing:
          // The call succeeds, so that the library cannot know what it has told.
          return try ready(
            socket.perform { descriptor throws(IOError) in
              try Selector.K.current.takePendingError(of: descriptor)?.kind
            })
        }
        return nil
      } catch {
        return error.kind
      }
    }
  }

  @Test(
    "Each refusal of a datagram is told once, and data after it, however it was taken",
    arguments: Taking.allCases, [.readable, .writable, [.readable, .writable]] as [Interests])
  func refusals(taking: Taking, interests: Interests) throws(IOError) {
    var loop = try Loop()
    var line = try UDPLine()
    try loop.registry.register(&line.socket, token: 1, interests: interests)
    if interests.isWritable { try loop.expect(1, .writable) }
    for byte in UInt8(1)...2 {
      try line.provokeError()
      #expect(try loop.expect(1, .error).map(\.token) == [1])
      #expect(try taking(line.socket) == .connectionRefused)
      // At once the next one, before the poll has looked.
      try line.provokeError()
      #expect(try loop.expect(1, .error).map(\.token) == [1])
      #expect(try taking(line.socket) == .connectionRefused)
      if interests.isReadable {
        try line.deliver([byte])
        try loop.expect(1, .readable)
        #expect(try line.socket.receiveNow(.receive).bytes == [byte])
        expectWouldBlock { () throws(IOError) in try line.socket.receiveOnce() }
      }
      _ = try loop.wait(.milliseconds(10))
      try loop.expectIdle()
    }
  }

  @Test("An error is told beside data that waits, and what comes after both as well", arguments: [false, true])
  func besideData(isDataTold: Bool) throws(IOError) {
    var loop = try Loop()
    var line = try UDPLine()
    try loop.registry.register(&line.socket, token: 1, interests: .readable)
    for byte in UInt8(1)...2 {
      try line.deliver([byte])
      if isDataTold { try loop.expect(1, .readable) }
      try line.provokeError()
      try loop.expect(1, isDataTold ? .error : [.readable, .error])
      try loop.expectIdle()
      expectError(.connectionRefused) { () throws(IOError) in try line.socket.receiveNow(.receive) }
      #expect(try line.socket.receiveNow(.receive).bytes == [byte])
      expectWouldBlock { () throws(IOError) in try line.socket.receiveOnce() }
      try loop.expectIdle()
    }
  }

  @Test("An error that another thread takes before it is told does not silence the socket")
  func takenMeanwhile() throws(IOError) {
    var loop = try Loop()
    var line = try UDPLine()
    try loop.registry.register(&line.socket, token: 1, interests: .readable)
    try line.provokeError()
    let events = try loop.waitInSteps(seeing: 1) { () throws(IOError) in
      let error = try line.socket.takePendingError()
      #expect(error?.kind == .connectionRefused)
    }
    #expect(events.map { Flags($0) } == [.error])
    #expect(try line.socket.takePendingError() == nil)
    try line.deliver([1])
    try loop.expect(1, .readable)
  }

  @Test(
    "A refused connection is one event, and then quiet, before its error was taken and after",
    arguments: [.readable, .writable, [.readable, .writable]] as [Interests])
  func refusedConnection(interests: Interests) throws(IOError) {
    var loop = try Loop()
    // A port that is taken, and where nobody listens.
    let holder = try opened(system_stream_socket(AF_INET))
    try checked(system_bind_loopback(holder.rawDescriptor, AF_INET, 0))
    let address: SocketAddress = try Selector.K.current.localAddress(of: holder.rawDescriptor)
    var stream = try TCPStream(connectingTo: address)
    try loop.registry.register(&stream, token: 1, interests: interests)
    #expect(try loop.firstEvents().map(\.token) == [1])
    try loop.expectIdle()
    #expect(try stream.takePendingError()?.kind == .connectionRefused)
    try loop.expectIdle()
    #expect(try stream.takePendingError() == nil)
    try loop.expectIdle()
    try loop.registry.deregister(&stream)
    _ = consume holder
  }

  @Test("A reset is told once, before its error was met and after", arguments: ReadForm.telling)
  func reset(form: ReadForm) throws(IOError) {
    var loop = try Loop()
    let ends = try Connected()
    var stream = ends.server
    try loop.registry.register(&stream, token: 1, interests: [.readable, .writable])
    try loop.expect(1, .writable)
    try ends.client.setOption(.linger, to: .zero)
    try ends.client.close()
    #expect(try loop.expect(1, [.readClosed, .writeClosed]).map(\.token) == [1])
    try loop.expectIdle()
    expectError(.connectionReset) { () throws(IOError) in try form(stream, atMost: 4) }
    try loop.expectIdle()
    #expect(try form(stream, atMost: 4) == 0)
    // What a program's own operation has done is unknown, so that writable is told again.
    if form == .performed { try loop.expect(1, .writable) }
    try loop.expectIdle()
    expectError(.brokenPipe) { () throws(IOError) in try stream.write([1].span) }
    try loop.expectIdle()
  }
}
