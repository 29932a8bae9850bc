import MetalCore
import Testing

@Suite("TCP: scenarios", .backend)
struct TCPScenarioTests {
  @Test("TCP-31 Listener, client and accepted stream tell once each; what was sent before a drop is read")
  func writeThenDrop() throws(IOError) {
    let trio = try Trio()
    #expect(try trio.server.write([1, 2, 3, 4].span) == 4)
    var loop = trio.loop
    var client = trio.client
    let server = trio.server
    try server.close()
    try loop.expectOneMessage([1, 2, 3, 4], at: &client)
    // A process that another test starts may keep the server's end open for a moment.
    #expect(try client.readFully(1) == [])
  }

  @Test("TCP-32 Listener, client and accepted stream tell once each; what was sent before a deregister is read")
  func writeThenDeregister() throws(IOError) {
    var trio = try Trio()
    #expect(try trio.server.write([1, 2, 3, 4].span) == 4)
    try trio.loop.registry.deregister(&trio.server)
    try trio.loop.expectOneMessage([1, 2, 3, 4], at: &trio.client)
    trio.client.expectNothingToRead()
  }

  @Test("TCP-34 After all have been deregistered the poll is quiet, and data still arrives")
  func deregisteredStreamsGoOn() throws(IOError) {
    var trio = try Trio()
    try trio.loop.registry.deregister(&trio.listener)
    try trio.loop.registry.deregister(&trio.client)
    try trio.loop.registry.deregister(&trio.server)
    try trio.loop.expectQuiet()

    try trio.client.writeFully([1, 2, 3])
    #expect(try trio.server.readFully(3) == [1, 2, 3])
    try trio.server.writeFully([4, 5])
    #expect(try trio.client.readFully(2) == [4, 5])
    let late = try TCPStream(connectingTo: try trio.listener.localAddress)
    let accepted = try trio.listener.acceptWhenReady()
    #expect(try accepted.peerAddress == late.localAddress)
    try trio.loop.expectQuiet()
  }
}

/// A listener, a client and the client's accepted stream on one loop.
private struct Trio: ~Copyable {
  var loop: Loop
  var listener: TCPListener
  var client: TCPStream
  var server: TCPStream

  /// Registers them in turn, under 1, 2 and 3, and expects exactly one event of each.
  init() throws(IOError) {
    var loop = try Loop()
    var listener = try TCPListener(bindingTo: anyPort)
    try loop.registry.register(&listener, token: 1, interests: .readable)
    var client = try TCPStream(connectingTo: try listener.localAddress)
    #expect(try loop.firstEvents().map(\.token) == [1])
    try loop.registry.register(&client, token: 2, interests: .writable)
    #expect(try loop.firstEvents().map(\.token) == [2])
    let accepted = try ready(listener.accept())
    var server = accepted.stream
    try loop.registry.register(&server, token: 3, interests: .writable)
    #expect(try loop.firstEvents().map(\.token) == [3])
    try loop.expectQuiet()
    self.loop = loop
    self.listener = listener
    self.client = client
    self.server = server
  }
}

extension Loop {
  /// Reregisters the client for reading and expects exactly one event, and then the message.
  fileprivate mutating func expectOneMessage(_ message: [UInt8], at client: inout TCPStream) throws(IOError) {
    try registry.reregister(&client, token: 2, interests: .readable)
    let events = try firstEvents()
    #expect(events.map(\.token) == [2])
    #expect(events.first?.isReadable == true)
    #expect(try client.readOnce(upTo: message.count) == message)
  }
}
