import CSystem
import MetalCore
import MetalSystem
import Testing

@Suite("EVT: errors that do not end writing", .backend)
struct WriteClosedSystemTests {
  /// What puts a message into a TCP stream's error queue.
  enum Message: CaseIterable {
    case timestamp, completion

    /// Has the next bytes that are sent put a message into the queue.
    ///
    /// Source: socket(7); `SO_TIMESTAMPING` and `SO_ZEROCOPY` in Linux's Documentation/networking.
    func turnOn(_ descriptor: Int32) throws(IOError) {
      switch self {
      // Sent, by the software's clock, with a number instead of the bytes.
      case .timestamp: try setRawOption(SOL_SOCKET, 37, of: descriptor, to: 1 << 1 | 1 << 4 | 1 << 7)
      case .completion: try setRawOption(SOL_SOCKET, 60, of: descriptor, to: 1)
      }
    }

    var sendingFlags: Int32 { self == .completion ? 0x400_0000 : 0 }
  }

  @Test(
    "EVT-12 A TCP stream with a message in its error queue is reported, but not as write-closed, and goes on",
    arguments: Message.allCases, [.readable, .writable, [.readable, .writable]] as [Interests])
  func errorQueue(message: Message, interests: Interests) throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try message.turnOn(ends.server.rawDescriptor)
    try loop.registry.register(&ends.server, token: 12, interests: interests)
    _ = try loop.gatherUntilQuiet()
    let sent = try ends.server.perform { descriptor throws(IOError) in
      // Without a copy the kernel reads the byte later, when the value no longer matters.
      system_send(descriptor, 1, message.sendingFlags)
    }
    #expect(sent == 1)
    #expect(try ends.client.readFully(1).count == 1)
    let events = try loop.expect(12, .error)
    #expect(events.allSatisfy { $0.token == 12 && !$0.isWriteClosed && !$0.isReadClosed }, "\(events)")
    #expect(try ends.server.takePendingError() == nil)
    try ends.server.writeFully([2])
    #expect(try ends.client.readFully(1) == [2])
  }

  @Test("EVT-12 A FIFO whose reader has gone is reported as an error, since another may open it to read")
  func namedPipe() throws(IOError) {
    var loop = try Loop()
    let pipe = try NamedPipe()
    let first = PipeReader(adopting: try pipe.open(O_RDONLY))
    var writer = PipeWriter(adopting: try pipe.open(O_WRONLY))
    try loop.registry.register(&writer, token: 12, interests: .writable)
    try loop.expect(12, .writable)
    try first.close()
    let events = try loop.expect(12, .error)
    #expect(events.allSatisfy { $0.token == 12 && !$0.isWriteClosed }, "\(events)")
    expectBrokenPipe(writer)
    let second = PipeReader(adopting: try pipe.open(O_RDONLY))
    try writer.writeFully([2])
    #expect(try second.readFully(1) == [2])
  }
}
