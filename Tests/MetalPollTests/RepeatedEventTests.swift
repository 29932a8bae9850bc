import MetalCore
import Testing

@testable import MetalPoll

/// Where poll(2) goes on saying that something holds, although the operation would block.
@Suite("PollSelector: events that operations have no part in ending", .backend)
struct RepeatedEventTests {
  @Test(
    "While the receiver of a Unix-domain datagram has no room, an unconnected sender is told after each attempt",
    arguments: [UnixSendForm.sendTo, .sendToIfReady])
  func unconnectedSender(form: UnixSendForm) throws {
    var loop = try Loop()
    let folder = try TemporaryFolder()
    let receiver = try UnixDatagram(bindingTo: folder.address())
    var socket = try UnixDatagram()
    try loop.registry.register(&socket, token: 1, interests: .writable)
    try loop.expect(1, .writable)
    while try form(socket, to: folder.address()) != nil {}
    for _ in 0..<3 {
      #expect(try loop.wait(.zero).map(\.token) == [1])
      // Only the attempt has it told again.
      try loop.expectIdle()
      #expect(try form(socket, to: folder.address()) == nil)
    }
    _ = consume receiver
  }

  @Test("A connected sender is told when there is room, and the poll sleeps till then")
  func connectedSender() throws {
    var loop = try Loop()
    let folder = try TemporaryFolder()
    let receiver = try UnixDatagram(bindingTo: folder.address())
    var socket = try UnixDatagram()
    try socket.connect(to: folder.address())
    try loop.registry.register(&socket, token: 1, interests: .writable)
    try loop.expect(1, .writable)
    for form in [UnixSendForm.send, .sendIfReady, .sendTo, .sendToIfReady] {
      while try form(socket, to: folder.address()) != nil {}
      try loop.expectIdle()
      while try UnixReceiveForm.receiveIfReady(receiver) != nil {}
      #expect(try loop.expect(1, .writable).map(\.token) == [1])
    }
  }
}
