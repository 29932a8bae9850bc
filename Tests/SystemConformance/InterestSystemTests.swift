import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("INT: interest sets and the system", .backend)
struct InterestSystemTests {
  @Test("INT-05 An empty array literal traps, and says what to do")
  func emptyLiteralTraps() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let interests: Interests = []
      print(interests)
    }
    expectTrap(result, "An interest set cannot be empty. Name at least one of readable, writable and priority.")
    // What traps is the empty literal and not the rest of that program.
    await #expect(processExitsWith: .success) {
      let interests: Interests = [.readable]
      print(interests)
    }
  }

  @Test("INT-08 Urgent data is reported as priority where the interest can be registered")
  func reportsUrgentData() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 1, interests: .priority)
    try loop.expectQuiet()
    try sendUrgently(33, over: ends.client)
    let events = try loop.expect(1, .priority)
    #expect(events.allSatisfy { $0.token == 1 && !$0.isReadable && !$0.isWritable }, "\(events)")
  }

  @Test("INT-08 It is reported once, and again when new urgent data comes after it was taken")
  func reportsUrgentDataAgain() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 1, interests: [.readable, .priority])
    for byte in UInt8(1)...3 {
      try sendUrgently(byte, over: ends.client)
      try loop.expect(1, .priority)
      _ = try loop.gatherUntilQuiet()
      #expect(try takeUrgent(from: ends.server) == byte)
      _ = try loop.gatherUntilQuiet()
    }
    // What is not urgent is reported as ever.
    try ends.client.writeFully([4])
    try loop.expect(1, .readable)
    #expect(try ends.server.readFully(1) == [4])
  }

  @Test("ET-02 Urgent data is told again when a read has blocked since, of whatever came before it")
  func rearmsPriority() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 1, interests: [.readable, .priority])
    for bytes in [[], [1, 2, 3], [], []] as [[UInt8]] {
      if !bytes.isEmpty { try ends.client.writeFully(bytes) }
      try sendUrgently(33, over: ends.client)
      try loop.expect(1, .priority)
      var buffer = [UInt8](repeating: 0, count: 64)
      while let count = try ends.server.read(into: buffer.mutableSpan), count > 0 {}
      try loop.expectQuiet()
    }
  }

  @Test(
    "EVT-13 Urgent data alone is priority without readable, and reading would block; in line it is both",
    arguments: [false, true])
  func urgentDataIsNotReadable(isInLine: Bool) throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try setRawOption(SOL_SOCKET, SO_OOBINLINE, of: ends.server.rawDescriptor, to: isInLine ? 1 : 0)
    try loop.registry.register(&ends.server, token: 13, interests: [.readable, .priority])
    try sendUrgently(33, over: ends.client)
    let events = try loop.expect(13, isInLine && !Backend.prioritizesUrgentDataInLine ? .readable : .priority)
    #expect(events.allSatisfy { $0.token == 13 && $0.isReadable == isInLine }, "\(events)")
    if isInLine {
      #expect(try ends.server.readOnce() == [33])
    } else {
      expectWouldBlock { () throws(IOError) in try ends.server.readOnce() }
    }
    try ends.client.writeFully([4])
    try loop.expect(13, .readable)
    #expect(try ends.server.readOnce() == [4])
  }

  private func takeUrgent(from stream: borrowing TCPStream) throws(IOError) -> UInt8 {
    try ready(stream.perform { descriptor throws(IOError) in UInt8(try checked(system_receive_urgent(descriptor))) })
  }
}
