import MetalAFD
import MetalCore
import Testing

private let message = Array("Hello, pipe".utf8)

@Suite("NPIPE: clients that come and go", .backend)
struct NamedPipeClientTests {
  @Test("NPIPE-09 Each instance of a name has one client; when every instance has one, connecting is refused")
  func instances() throws(IOError) {
    let name = unusedPipeName()
    var options = NamedPipeOptions()
    options.maximumInstances = 2
    let first = try NamedPipe(creating: name, options: options)
    options.isFirstInstance = false
    let second = try NamedPipe(creating: name, options: options)
    expectError(.connectionRefused) { () throws(IOError) in try NamedPipe(creating: name, options: options) }
    let client = try NamedPipe(connectingTo: name)
    let other = try NamedPipe(connectingTo: name)
    expectError(.connectionRefused) { () throws(IOError) in try NamedPipe(connectingTo: name) }
    #expect(try first.connect())
    #expect(try second.connect())
    _ = (client.rawHandle, other.rawHandle)
  }

  @Test(
    "NPIPE-10 The first instance of a name is refused if the name is taken",
    .enabled(if: !Backend.isWine, "Wine 8 ignores FILE_FLAG_FIRST_PIPE_INSTANCE."))
  func firstInstance() throws(IOError) {
    let name = unusedPipeName()
    let server = try NamedPipe(creating: name)
    expectError(.permissionDenied) { () throws(IOError) in try NamedPipe(creating: name) }
    _ = consume server
  }

  @Test("NPIPE-11 When the other end is gone, one event reports it; the remaining bytes are read, and 0 after them")
  func peerGone() throws(IOError) {
    for token in [1, 2] as [Token] {
      var loop = try Loop()
      let ends = try NamedPipeEnds(registeredWith: &loop)
      if token == 1 {
        try loop.expectEnd(of: ends.server, token, after: ends.client)
      } else {
        try loop.expectEnd(of: ends.client, token, after: ends.server)
      }
    }
  }

  @Test("NPIPE-12 When the other end closes during a write, an event reports an error; the next write throws")
  func goneWhileWriting() throws(IOError) {
    for takes in [false, true] {
      var loop = try Loop()
      let ends = try NamedPipeEnds(registeredWith: &loop)
      let server = ends.server
      let client = ends.client
      #expect(try server.flood() > 0)
      #expect(server.bufferedByteCount > 0)
      client.close()
      let events = try loop.gatherUntilQuiet()
      #expect(events.contains { $0.token == 1 && $0.isError && $0.isWriteClosed } as Bool)
      #expect(server.bufferedByteCount == 0)
      if takes {
        #expect(server.takePendingError()?.kind == .brokenPipe)
        #expect(server.takePendingError() == nil)
      }
      for _ in 0..<2 { expectError(.brokenPipe) { () throws(IOError) in try server.write(message.span) } }
      #expect(try server.readOnce() == [])
    }
  }

  @Test("NPIPE-13 After a disconnection the client reads to the end, and the server waits for another client")
  func disconnects() throws(IOError) {
    let name = unusedPipeName()
    var server = try NamedPipe(creating: name)
    var loop = try Loop(watching: &server, token: 1, interests: [.readable, .writable])
    for round in 0..<3 {
      #expect(try !server.connect())
      var client = try NamedPipe(connectingTo: name)
      try loop.registry.register(&client, token: 2, interests: [.readable, .writable])
      try loop.expectEach([1: .writable, 2: .writable])
      expectError(.invalidInput) { () throws(IOError) in try client.disconnect() }
      expectError(.invalidInput) { () throws(IOError) in try client.connect() }
      #expect(try client.write(message.span) == message.count)
      try loop.expect(1, .readable)
      #expect(try server.readOnce() == message)
      // With and without bytes on their way.
      if round == 1 { #expect(try server.flood() > 0) }
      try server.disconnect()
      expectError(.notConnected) { () throws(IOError) in try server.disconnect() }
      let events = try loop.gatherUntilQuiet()
      // An event may have reported bytes to the client that the disconnection has discarded.
      #expect(events.contains { $0.token == 2 && (round == 1 ? $0.isReadable : $0.isReadClosed) } as Bool, "\(events)")
      #expect(server.bufferedByteCount == 0)
      #expect(server.takePendingError() == nil)
      #expect(try client.drain() == 0)
      expectError(.brokenPipe) { () throws(IOError) in try client.write(message.span) }
      #expect(try server.readOnce() == nil)
      #expect(try server.write(message.span) == nil)
    }
  }

  @Test("NPIPE-14 A server that disconnects and connects without a wait in between serves the next client")
  func connectsAtOnce() throws(IOError) {
    let name = unusedPipeName()
    var server = try NamedPipe(creating: name)
    var loop = try Loop(watching: &server, token: 1, interests: [.readable, .writable])
    #expect(try !server.connect())
    for byte in 0..<20 as Range<UInt8> {
      var client = try NamedPipe(connectingTo: name)
      try loop.registry.register(&client, token: 2, interests: .writable)
      #expect(try client.write([byte].span) == 1)
      var bytes: [UInt8]?
      for _ in 0..<3 where bytes == nil {
        _ = try loop.wait()
        bytes = try server.readOnce()
      }
      #expect(bytes == [byte])
      try server.disconnect()
      _ = try server.connect()
    }
  }

  @Test(
    "NPIPE-25 A disconnection ends an attempt to connect, or its unreported client, and the next begins at once",
    arguments: [false, true], [false, true])
  func connectsAgain(hasClient: Bool, waits: Bool) throws(IOError) {
    let name = unusedPipeName()
    var server = try NamedPipe(creating: name)
    var loop = try Loop(watching: &server, token: 1, interests: [.readable, .writable])
    for _ in 0..<3 {
      #expect(try !server.connect())
      if hasClient {
        let client = try NamedPipe(connectingTo: name)
        try server.disconnect()
        #expect(try client.readOnce() == [])
      } else {
        try server.disconnect()
      }
      if waits { try loop.expectQuiet(.milliseconds(5)) }
      #expect(try !server.connect())
      if waits { try loop.expectQuiet(.milliseconds(5)) }
      let client = try NamedPipe(connectingTo: name)
      let events = try loop.expect(1, .writable)
      #expect(events.count == 1 && events.allSatisfy { !$0.isError && !$0.isReadClosed } as Bool, "\(events)")
      #expect(server.takePendingError() == nil)
      #expect(try server.connect())
      #expect(try server.write(message.span) == message.count)
      #expect(try client.readOnce() == message)
      try server.disconnect()
      #expect(try client.readOnce() == [])
    }
  }
}

extension Loop {
  /// Expects the event and the results of row NPIPE-11 at one end, after the other end has closed.
  fileprivate mutating func expectEnd(
    of stays: consuming NamedPipe, _ token: Token, after gone: consuming NamedPipe
  ) throws(IOError) {
    #expect(try gone.write(message.span) == message.count)
    try expect(token, .readable)
    #expect(try stays.readOnce() == message)
    #expect(try stays.readOnce() == nil)
    // The last bytes come together with the end.
    #expect(try gone.write(message.span) == message.count)
    gone.close()
    var events = try gatherUntilQuiet()
    #expect(events.count == 1 && events.allSatisfy { $0.token == token && $0.isReadable } as Bool, "\(events)")
    #expect(try stays.readOnce() == message)
    events = try gatherUntilQuiet()
    #expect(events.count == 1 && events.allSatisfy { $0.token == token && $0.isReadable } as Bool, "\(events)")
    #expect(events.allSatisfy { $0.isReadClosed && $0.isWriteClosed } as Bool, "\(events)")
    for _ in 0..<2 {
      #expect(try stays.readOnce() == [])
      expectError(.brokenPipe) { () throws(IOError) in try stays.write(message.span) }
    }
    try expectQuiet()
  }
}
