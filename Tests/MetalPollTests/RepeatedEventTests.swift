import CSystem
import MetalCore
import MetalSystem
import Testing

@testable import MetalPoll

/// Where poll(2) goes on saying that something holds, although the operation would block.
@Suite("PosixPollSelector: events that come again", .backend)
struct RepeatedEventTests {
  @Test("An error queue that nobody empties is told after each operation that would block, and data beside it")
  func errorQueue() throws(IOError) {
    var loop = try Loop()
    var line = try UDPLine()
    try line.socket.keepErrors()
    try loop.registry.register(&line.socket, token: 1, interests: .readable)
    try line.provokeError()
    #expect(try loop.expect(1, .error).map(\.token) == [1])
    try loop.expectIdle()
    expectError(.connectionRefused) { () throws(IOError) in try line.socket.receiveNow(.receive) }
    for _ in 0..<3 {
      // The error itself was taken, but the queue has it still.
      #expect(try loop.wait(.zero).map { Flags($0) } == [.error])
      try loop.expectIdle()
      expectWouldBlock { () throws(IOError) in try line.socket.receiveOnce() }
    }
    try line.deliver([1])
    try loop.expect(1, [.readable, .error])
    #expect(try line.socket.receiveNow(.receive).bytes == [1])
    expectWouldBlock { () throws(IOError) in try line.socket.receiveOnce() }
    // Whoever reads the queue ends it.
    #expect(try line.socket.readErrorQueue() == 1)
    try loop.expectIdle()
    try line.deliver([2])
    #expect(try loop.expect(1, .readable).map { Flags($0) } == [.readable])
  }
}

extension DatagramSocket where S == Selector, Address == SocketAddress {
  /// Has errors go to the socket's extended error queue as well.
  ///
  /// Source: `IP_RECVERR` in ip(7).
  fileprivate func keepErrors() throws(IOError) {
    try setRawOption(system_level_ip, IP_RECVERR, of: rawDescriptor, to: 1)
  }

  /// Empties the extended error queue, and returns how many errors there were.
  fileprivate func readErrorQueue() throws(IOError) -> Int {
    try ready(
      perform { descriptor throws(IOError) in
        var count = 0
        while system_take_queued_error(descriptor) >= 0 { count += 1 }
        return count
      })
  }
}
