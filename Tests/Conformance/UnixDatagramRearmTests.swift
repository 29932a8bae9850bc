import MetalCore
import Testing

/// The forms of receiving a datagram, or of looking at it.
enum UnixReceiveForm: CaseIterable {
  case receive, receiveIfReady, vectored, vectoredIfReady, receiveFrom, receiveFromIfReady
  case peek, peekIfReady, peekFrom, peekFromIfReady

  var isPeek: Bool { [.peek, .peekIfReady, .peekFrom, .peekFromIfReady].contains(self) }

  /// Receives or peeks, and returns the number of bytes, or `nil` if that would block.
  func callAsFunction(_ socket: borrowing UnixDatagram) throws(IOError) -> Int? {
    var buffer = [UInt8](repeating: 0, count: 16)
    do throws(IOError) {
      switch self {
      case .receive: return try socket.receive(into: buffer.mutableSpan).count
      case .receiveIfReady: return try socket.receiveIfReady(into: buffer.mutableSpan)?.count
      case .receiveFrom: return try socket.receiveFrom(into: buffer.mutableSpan).count
      case .receiveFromIfReady: return try socket.receiveFromIfReady(into: buffer.mutableSpan)?.count
      case .peek: return try socket.peek(into: buffer.mutableSpan).count
      case .peekIfReady: return try socket.peekIfReady(into: buffer.mutableSpan)?.count
      case .peekFrom: return try socket.peekFrom(into: buffer.mutableSpan).count
      case .peekFromIfReady: return try socket.peekFromIfReady(into: buffer.mutableSpan)?.count
      case .vectored, .vectoredIfReady:
        var second = [UInt8](repeating: 0, count: 16)
        var vector = MutableIOVector<2>()
        vector.append(buffer.mutableSpan)
        vector.append(second.mutableSpan)
        return self == .vectored
          ? try socket.receive(into: vector).count : try socket.receiveIfReady(into: vector)?.count
      }
    } catch .wouldBlock {
      return nil
    }
  }
}

/// The forms of sending a datagram.
enum UnixSendForm: CaseIterable {
  case send, sendIfReady, vectored, vectoredIfReady, sendTo, sendToIfReady

  /// Sends 1,024 bytes, and returns their number, or `nil` if that would block.
  func callAsFunction(_ socket: borrowing UnixDatagram, to address: UnixAddress) throws(IOError) -> Int? {
    let bytes = [UInt8](repeating: 7, count: 1024)
    var vector = IOVector<2>()
    vector.append(bytes.span.extracting(..<24))
    vector.append(bytes.span.extracting(24...))
    do throws(IOError) {
      switch self {
      case .send: return try socket.send(bytes.span)
      case .sendIfReady: return try socket.sendIfReady(bytes.span)
      case .vectored: return try socket.send(vector)
      case .vectoredIfReady: return try socket.sendIfReady(vector)
      case .sendTo: return try socket.send(bytes.span, to: address)
      case .sendToIfReady: return try socket.sendIfReady(bytes.span, to: address)
      }
    } catch .wouldBlock {
      return nil
    }
  }
}

@Suite("ET: re-arming Unix-domain datagram sockets", .backend)
struct UnixDatagramRearmTests {
  @Test(
    "ET-02 After receiving or peeking that would block, the next datagram is reported",
    arguments: UnixReceiveForm.allCases)
  func receive(form: UnixReceiveForm) throws {
    var loop = try Loop()
    let folder = try TemporaryFolder()
    var socket = try UnixDatagram(bindingTo: folder.address())
    let sender = try UnixDatagram()
    try loop.registry.register(&socket, token: 2, interests: .readable)
    for byte in UInt8(1)...3 {
      try sender.send([byte, byte].span, to: folder.address())
      try loop.expect(2, .readable)
      #expect(try form(socket) == 2)
      if form.isPeek { #expect(try socket.receiveOnce() == [byte, byte]) }
      #expect(try form(socket) == nil)
      try loop.expectQuiet()
    }
  }

  @Test("ET-02 After an operation of the program's own that would block, both directions are reported")
  func perform() throws {
    var loop = try Loop()
    var pair = try UnixDatagram.pair()
    try loop.registry.register(&pair.first, token: 2, interests: [.readable, .writable])
    try loop.expect(2, .writable)
    for byte in UInt8(1)...3 {
      try pair.second.send([byte, byte].span)
      try loop.expect(2, .readable)
      #expect(try pair.first.receiveOnce() == [byte, byte])
      try fill { () throws(IOError) in try UnixSendForm.sendIfReady(pair.first, to: .unnamed) }
      expectWouldBlock { () throws(IOError) in
        try pair.first.perform { _ throws(IOError) in throw IOError(.wouldBlock) }
      }
      try loop.expectQuiet()
      while try UnixReceiveForm.receiveIfReady(pair.second) != nil {}
      try expectRoom(for: &pair.first, in: &loop)
      _ = try loop.gatherUntilQuiet()
    }
  }

  @Test("ET-02 After sending that would block, new space is reported", arguments: UnixSendForm.allCases)
  func send(form: UnixSendForm) throws {
    var loop = try Loop()
    let folder = try TemporaryFolder()
    let receiver = try UnixDatagram(bindingTo: folder.address())
    var socket = try UnixDatagram()
    if form != .sendTo && form != .sendToIfReady { try socket.connect(to: folder.address()) }
    try loop.registry.register(&socket, token: 2, interests: .writable)
    try loop.expect(2, .writable)
    for _ in 0..<2 {
      let sent = try fill { () throws(IOError) in try form(socket, to: folder.address()) }
      #expect(sent > 0)
      var received = 0
      while try UnixReceiveForm.receiveIfReady(receiver) != nil { received += 1 }
      #expect(received == sent)
      try expectRoom(for: &socket, in: &loop)
      _ = try loop.gatherUntilQuiet()
    }
  }

  /// Sends until the receiver's queue is full; returns the number of datagrams.
  @discardableResult
  private func fill(_ send: () throws(IOError) -> Int?) throws(IOError) -> Int {
    var sent = 0
    do throws(IOError) {
      while try send() != nil { sent += 1 }
      #expect(Backend.blocksOnFullDatagramQueue)
    } catch .noBufferSpace {
      #expect(!Backend.blocksOnFullDatagramQueue)
    }
    return sent
  }

  /// Expects that a socket is told of room again, at the latest when it is reregistered.
  private func expectRoom(for socket: inout UnixDatagram, in loop: inout Loop) throws(IOError) {
    // A send that has failed for want of room has not blocked, and nothing says when there is room.
    if !Backend.blocksOnFullDatagramQueue {
      try loop.registry.reregister(&socket, token: 2, interests: [.readable, .writable])
    }
    try loop.expect(2, .writable)
  }
}
