import MetalCore
import Testing

@Suite("EVT: where writing has ended", .backend)
struct WriteClosedTests {
  @Test(
    "EVT-12 A UDP socket whose datagram was refused is reported, but not as write-closed, and sends on",
    .enabled(if: Backend.refusalsFailEveryCall, "Windows reports a refused datagram only to a receive."),
    arguments: [.readable, .writable, [.readable, .writable]] as [Interests])
  func refusedDatagram(interests: Interests) throws(IOError) {
    var loop = try Loop()
    var line = try UDPLine()
    try loop.registry.register(&line.socket, token: 12, interests: interests)
    if interests.isWritable { try loop.expect(12, .writable) }
    _ = try loop.gatherUntilQuiet()
    for byte in UInt8(1)...2 {
      try line.provokeError()
      let events = try loop.gather(polls: 3) { !$0.isEmpty } + loop.gatherUntilQuiet()
      #expect(!events.isEmpty)
      #expect(events.allSatisfy { $0.token == 12 && !$0.isWriteClosed && !$0.isReadClosed }, "\(events)")
      #expect(try line.socket.takePendingError()?.kind == .connectionRefused)
      // The socket still receives and sends.
      try line.deliver([byte])
      #expect(try line.socket.receiveWhenReady(.receive).bytes == [byte])
      #expect(try line.socket.send([byte, byte].span) == 2)
      #expect(try line.receive() == [byte, byte])
      _ = try loop.gatherUntilQuiet()
    }
  }

  @Test(
    "EVT-12 A stream whose peer has closed is reported as write-closed, and writing is a broken pipe",
    .enabled(if: Backend.hasPairs))
  func closedPeer() throws(IOError) {
    var loop = try Loop()
    let pair = try UnixStream.pair()
    var stream = pair.first
    let peer = pair.second
    try loop.registry.register(&stream, token: 12, interests: .writable)
    try loop.expect(12, .writable)
    try peer.close()
    try loop.expect(12, .writeClosed)
    expectBrokenPipe(stream)
  }
}
