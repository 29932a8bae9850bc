import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("ET: reads that end early though more has arrived", .backend)
struct EarlyReadTests {
  /// Expects that what has arrived is read in pieces, each by a read that asks for more, and that new data is reported
  /// after the read that would block.
  private func expectPieces<R: ByteReader & ~Copyable>(
    _ pieces: [[UInt8]], from reader: inout R, interests: Interests = .readable, flags: Flags = .readable,
    sourceLocation: SourceLocation = #_sourceLocation, then sendMore: () throws(IOError) -> Void
  ) throws(IOError) where R.S == Selector {
    var loop = try Loop(watching: &reader, token: 12, interests: interests)
    try loop.expect(12, flags, sourceLocation: sourceLocation)
    var buffer = [UInt8](repeating: 0, count: 64)
    var read: [[UInt8]] = []
    while let count = try reader.read(into: buffer.mutableSpan), count > 0 {
      read.append(Array(buffer[..<count]))
    }
    #expect(read == pieces, sourceLocation: sourceLocation)
    try loop.expectQuiet(sourceLocation: sourceLocation)
    try sendMore()
    try loop.expect(12, .readable, sourceLocation: sourceLocation)
  }

  @Test("ET-12 TCP: a read ends at an urgent byte, taken in line or not", arguments: [false, true])
  func urgent(isInLine: Bool) throws(IOError) {
    for interests in [.readable, [.readable, .priority]] as [Interests] {
      var ends = try Connected()
      try setRawOption(SOL_SOCKET, SO_OOBINLINE, of: ends.server.rawDescriptor, to: isInLine ? 1 : 0)
      try ends.client.writeFully([1, 2])
      try sendUrgently(33, over: ends.client)
      try ends.client.writeFully([3, 4, 5])
      // With interest in priority, the event announces it.
      let isAnnounced = interests.contains(.priority) && (!isInLine || Backend.prioritizesUrgentDataInLine)
      let flags: Flags = isAnnounced ? [.readable, .priority] : .readable
      let rest: [UInt8] = isInLine ? [33, 3, 4, 5] : [3, 4, 5]
      try expectPieces([[1, 2], rest], from: &ends.server, interests: interests, flags: flags) {
        () throws(IOError) in
        try ends.client.writeFully([6])
      }
    }
  }

  #if !METAL_WINDOWS
  @Test("ET-12 Unix-domain stream: a read ends behind bytes that came with a descriptor")
  func descriptors() throws(IOError) {
    var pair = try UnixStream.pair()
    try pair.second.writeFully([1, 2])
    for byte in UInt8(3)...4 { try checked(system_send_descriptor(pair.second.rawDescriptor, byte, 0)) }
    try pair.second.writeFully([5])
    try expectPieces([[1, 2, 3], [4], [5]], from: &pair.first) { () throws(IOError) in try pair.second.writeFully([6]) }
  }

  @Test(
    "ET-12 Unix-domain stream that takes credentials: a read ends where the sender's change",
    .enabled(if: geteuid() == 0, "only the superuser sends another user's credentials"))
  func credentials() throws(IOError) {
    var pair = try UnixStream.pair()
    try setRawOption(SOL_SOCKET, SO_PASSCRED, of: pair.first.rawDescriptor, to: 1)
    try pair.second.writeFully([1, 2])
    try checked(system_send_credentials(pair.second.rawDescriptor, 3, 7, 7))
    try pair.second.writeFully([4])
    try expectPieces([[1, 2], [3], [4]], from: &pair.first) { () throws(IOError) in try pair.second.writeFully([5]) }
  }

  @Test("ET-12 Pipe in packet mode: a read ends with its packet")
  func packets() throws(IOError) {
    var pipe = try PipeEnds()
    try checked(system_set_packet_mode(pipe.writer.rawDescriptor))
    for byte in UInt8(1)...3 { try pipe.writer.writeFully([byte, byte]) }
    try expectPieces([[1, 1], [2, 2], [3, 3]], from: &pipe.reader) { () throws(IOError) in
      try pipe.writer.writeFully([4])
    }
  }

  @Test("ET-12 Terminal: a read ends with its line")
  func lines() throws(IOError) {
    let ends = try openTerminal()
    let keyboard = PipeWriter(adopting: ends.first)
    var reader = PipeReader(adopting: ends.second)
    try reader.setNonBlocking(true)
    let lines = ["one\n", "two\n", "\n"].map { Array($0.utf8) }
    try keyboard.writeFully(Array(lines.joined()))
    try expectPieces(lines, from: &reader) { () throws(IOError) in try keyboard.writeFully(lines[0]) }
  }
  #endif
}
