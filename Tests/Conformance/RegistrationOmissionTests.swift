import MetalCore
import Testing

@Suite("REG: what can be left out", .backend)
struct RegistrationOmissionTests {
  @Test(
    "REG-23 A stream that is closed without being deregistered leaves its number to the next",
    .enabled(if: Backend.hasPairs))
  func closedStream() async {
    await #expect(processExitsWith: .success) {
      try onBackend { () throws(IOError) in
        var loop = try Loop()
        for round in UInt(0)..<3 {
          var old = try UnixStream.pair()
          try loop.registry.register(&old.first, token: Token(10 + round), interests: [.readable, .writable])
          try old.second.writeFully([1])
          drop(old)
          // The system gives the lowest number that is free, which is the former one's.
          var new = try UnixStream.pair()
          try loop.registry.register(&new.first, token: Token(20 + round), interests: .readable)
          try loop.expectQuiet()
          try new.second.writeFully([2])
          let events = try loop.expect(Token(20 + round), .readable)
          #expect(events.allSatisfy { $0.token == Token(20 + round) })
          #expect(try new.first.readOnce() == [2])
        }
      }
    }
  }

  @Test("REG-23 So does any other source: listener, datagram socket, either end of a pipe")
  func closedSource() async {
    await #expect(processExitsWith: .success) {
      try onBackend { () throws(IOError) in
        var loop = try Loop()
        for round in UInt(0)..<3 {
          var listener = try TCPListener(bindingTo: anyPort)
          let client = try TCPStream(connectingTo: try listener.localAddress)
          var socket = try UDPSocket(bindingTo: anyPort)
          var pipe: PipeEnds? = nil
          if Backend.hasPairs { pipe = .some(try registeredPipe(with: loop)) }
          try loop.registry.register(&listener, token: 1, interests: .readable)
          try loop.registry.register(&socket, token: 2, interests: .writable)
          // In one round before an event was delivered, and in the others after.
          if round > 0 { _ = try loop.gatherUntilQuiet() }
          try listener.close()
          try client.close()
          try socket.close()
          drop(pipe)
          var next = try Connected()
          try loop.registry.register(&next.listener, token: 11, interests: .readable)
          try loop.registry.register(&next.client, token: 12, interests: .readable)
          try loop.registry.register(&next.server, token: 13, interests: .readable)
          try loop.expectQuiet()
          try next.client.writeFully([1])
          let events = try loop.expect(13, .readable)
          #expect(events.allSatisfy { $0.token == 13 })
        }
      }
    }
  }

  @Test("REG-24 A stream registered once for both directions needs no registration call any more")
  func registeredOnce() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 24, interests: [.readable, .writable])
    try loop.expect(24, .writable)
    for round in UInt8(1)...3 {
      try ends.client.writeFully([round])
      try loop.expect(24, .readable)
      // A read that comes up short.
      #expect(try ends.server.readOnce() == [round])
      try ends.server.flood()
      try ends.client.writeFully([round, round])
      try loop.expect(24, .readable)
      // A read of exactly what is there, and one that would block.
      #expect(try ends.server.readFully(2) == [round, round])
      expectWouldBlock { () throws(IOError) in try ends.server.readOnce() }
      // The peer's system takes bytes until its own space is full, so that there may have been space since.
      try ends.server.flood()
      try loop.expectWritable(24, whileDraining: ends.client)
    }
  }

  @Test("REG-24 Reregistering as before, with nothing new, changes nothing and tells what holds")
  func reregisteredInVain() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 24, interests: .readable)
    for byte in UInt8(1)...3 {
      for _ in 0..<3 { try loop.registry.reregister(&ends.server, token: 24, interests: .readable) }
      try loop.expectQuiet()
      try ends.client.writeFully([byte])
      let events = try loop.expect(24, .readable)
      #expect(events.allSatisfy { $0.token == 24 })
      #expect(try ends.server.readOnce() == [byte])
    }
  }

  @Test(
    "ET-10 A stream whose end was told, and that was not read to it, is told so again when it is reregistered",
    .enabled(if: !Backend.isWine, "Wine 8 reports the end of the stream only after the program has read all data."))
  func endToldAgain() throws(IOError) {
    var loop = try Loop()
    let ends = try Connected()
    let writer = ends.client
    var reader = ends.server
    try loop.registry.register(&reader, token: 10, interests: .readable)
    try writer.writeFully([1, 2, 3])
    try writer.close()
    try loop.expect(10, [.readable, .readClosed])
    #expect(try reader.readOnce(upTo: 2) == [1, 2])
    try loop.registry.reregister(&reader, token: 11, interests: .readable)
    try loop.expect(11, .readClosed)
    #expect(try reader.readOnce(upTo: 16) == [3])
    #expect(try reader.readOnce(upTo: 16) == [])
  }
}

/// Makes a pipe with both ends registered and a byte inside.
private func registeredPipe(with loop: borrowing Loop) throws(IOError) -> PipeEnds {
  var pipe = try PipeEnds()
  try loop.registry.register(&pipe.reader, token: 3, interests: .readable)
  try loop.registry.register(&pipe.writer, token: 4, interests: .writable)
  try pipe.writer.writeFully([1])
  return pipe
}
