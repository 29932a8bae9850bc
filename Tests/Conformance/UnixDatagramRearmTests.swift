import MetalCore
import Testing

@Suite("ET: re-arming Unix-domain datagram sockets", .backend)
struct UnixDatagramRearmTests {
  @Test(
    "ET-02 After an operation of the program's own that would block, both directions are reported",
    .enabled(if: Backend.hasPairs))
  func perform() throws(IOError) {
    var loop = try Loop()
    var pair = try UnixDatagramSocket.pair()
    try loop.registry.register(&pair.first, token: 2, interests: [.readable, .writable])
    try loop.expect(2, .writable)
    for byte in UInt8(1)...3 {
      #expect(try pair.second.send([byte, byte].span) == 2)
      try loop.expect(2, .readable)
      #expect(try pair.first.receiveOnce() == [byte, byte])
      try fill { () throws(IOError) in try pair.first.send(block.span) }
      expectWouldBlock { () throws(IOError) in
        try pair.first.perform { _ throws(IOError) in throw IOError(.wouldBlock) }
      }
      try loop.expectQuiet()
      while try pair.second.receiveOnce() != nil {}
      try expectRoom(for: &pair.first, in: &loop)
      _ = try loop.gatherUntilQuiet()
    }
  }

  @Test(
    "ET-02 After sending that would block, new space is reported",
    .enabled(if: Backend.hasPairs), arguments: SendForm.allCases)
  func send(form: SendForm) throws(IOError) {
    var loop = try Loop()
    let folder = try TemporaryFolder()
    let receiver = try UnixDatagramSocket(bindingTo: folder.address())
    var socket = try UnixDatagramSocket()
    if !form.namesDestination { try socket.connect(to: folder.address()) }
    try loop.registry.register(&socket, token: 2, interests: .writable)
    try loop.expect(2, .writable)
    for _ in 0..<2 {
      let sent = try fill { () throws(IOError) in try form(socket, block, to: folder.address()) }
      #expect(sent > 0)
      var received = 0
      while try receiver.receiveOnce() != nil { received += 1 }
      #expect(received == sent)
      try expectRoom(for: &socket, in: &loop)
      _ = try loop.gatherUntilQuiet()
    }
  }

  /// What is sent until a queue is full.
  private let block = [UInt8](repeating: 7, count: 1024)

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
  private func expectRoom(for socket: inout UnixDatagramSocket, in loop: inout Loop) throws(IOError) {
    // A send that has failed for want of room has not blocked, and nothing says when there is room.
    if !Backend.blocksOnFullDatagramQueue {
      try loop.registry.reregister(&socket, token: 2, interests: [.readable, .writable])
    }
    try loop.expect(2, .writable)
  }
}
