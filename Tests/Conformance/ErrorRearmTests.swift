import MetalCore
import Testing

@Suite("ET: after an error", .backend)
struct ErrorRearmTests {
  /// A call that takes the pending error.
  enum Taking: CaseIterable, Sendable {
    case receiving, sending, asking, performing

    static var possible: [Taking] { Backend.refusalsFailEveryCall ? allCases : [.receiving] }

    func callAsFunction(_ socket: borrowing UDPSocket) throws(IOError) -> IOError.Kind? {
      var buffer: [UInt8] = [0, 0, 0, 0]
      do throws(IOError) {
        switch self {
        case .receiving: _ = try socket.receive(into: buffer.mutableSpan)
        case .sending: _ = try socket.send([0].span)
        case .asking: return try socket.takePendingError()?.kind
        case .performing:
          try socket.perform { descriptor throws(IOError) in
            try RawOperation<Selector.K>.throwPendingError(of: descriptor)
          }
        }
        return nil
      } catch {
        return error.kind
      }
    }
  }

  @Test(
    "ET-14 When an error was taken, the next one is reported, and data after it",
    .enabled(if: !Backend.isWine, "Wine 8 does not report refused datagrams."), arguments: Taking.possible,
    [.readable, [.readable, .writable]] as [Interests])
  func taken(taking: Taking, interests: Interests) throws(IOError) {
    var loop = try Loop()
    var line = try UDPLine()
    try loop.registry.register(&line.socket, token: 14, interests: interests)
    _ = try loop.gatherUntilQuiet()
    for byte in UInt8(1)...3 {
      try line.provokeError()
      #expect(try loop.gather(polls: 3) { !$0.isEmpty }.contains { $0.token == 14 })
      #expect(try taking(line.socket) == .connectionRefused)
      // At once the next one, before the poll has looked again.
      try line.provokeError()
      #expect(try loop.gather(polls: 3) { !$0.isEmpty }.contains { $0.token == 14 })
      #expect(try taking(line.socket) == .connectionRefused)
      try line.deliver([byte])
      try loop.expect(14, .readable)
      #expect(try line.socket.receiveWhenReady(.receive).bytes == [byte])
      _ = try loop.gatherUntilQuiet()
    }
  }
}
