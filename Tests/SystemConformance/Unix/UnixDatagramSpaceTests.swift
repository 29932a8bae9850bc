import MetalCore
import Testing

/// What Linux says of the space to send, which is the sender's own unless the socket is connected.
@Suite("UDS: sending to a receiver that has no room", .backend)
struct UnixDatagramSpaceTests {
  private let bytes = [UInt8](repeating: 7, count: 1024)

  @Test("An unconnected socket is told that it is writable after each attempt", arguments: SendForm.address)
  func unconnected(form: SendForm) throws(IOError) {
    var loop = try Loop()
    let folder = try TemporaryFolder()
    let receiver = try UnixDatagramSocket(bindingTo: folder.address())
    var socket = try UnixDatagramSocket()
    try loop.registry.register(&socket, token: 1, interests: .writable)
    try loop.expect(1, .writable)
    while try form(socket, bytes, to: folder.address()) != nil {}
    for _ in 0..<3 {
      #expect(try loop.wait(.zero).map(\.token) == [1])
      // Only the attempt has it told again.
      try loop.expectQuiet()
      #expect(try form(socket, bytes, to: folder.address()) == nil)
    }
    _ = consume receiver
  }

  @Test("A connected socket is told when there is room, and not before")
  func connected() throws(IOError) {
    var loop = try Loop()
    let folder = try TemporaryFolder()
    let receiver = try UnixDatagramSocket(bindingTo: folder.address())
    var socket = try UnixDatagramSocket()
    try socket.connect(to: folder.address())
    try loop.registry.register(&socket, token: 1, interests: .writable)
    try loop.expect(1, .writable)
    for form in SendForm.allCases {
      while try form(socket, bytes, to: folder.address()) != nil {}
      try loop.expectQuiet()
      while try receiver.receiveOnce() != nil {}
      try loop.expect(1, .writable)
      _ = try loop.gatherUntilQuiet()
    }
  }
}
