import MetalCore
import Testing

/// What Linux says of the space to send, which is the sender's own unless the socket is connected.
@Suite("UDS: sending to a receiver that has no room", .backend)
struct UnixDatagramSpaceTests {
  @Test(
    "An unconnected socket is told that it is writable after each attempt",
    arguments: [UnixSendForm.sendTo, .sendToIfReady])
  func unconnected(form: UnixSendForm) throws {
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
      try loop.expectQuiet()
      #expect(try form(socket, to: folder.address()) == nil)
    }
    _ = consume receiver
  }

  @Test("A connected socket is told when there is room, and not before")
  func connected() throws {
    var loop = try Loop()
    let folder = try TemporaryFolder()
    let receiver = try UnixDatagram(bindingTo: folder.address())
    var socket = try UnixDatagram()
    try socket.connect(to: folder.address())
    try loop.registry.register(&socket, token: 1, interests: .writable)
    try loop.expect(1, .writable)
    for form in [UnixSendForm.send, .sendIfReady, .sendTo, .sendToIfReady] {
      while try form(socket, to: folder.address()) != nil {}
      try loop.expectQuiet()
      while try UnixReceiveForm.receiveIfReady(receiver) != nil {}
      try loop.expect(1, .writable)
      _ = try loop.gatherUntilQuiet()
    }
  }
}
