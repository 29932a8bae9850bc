import MetalCore
import Testing

@Suite("REG: which calls are refused", .backend)
struct RegistrationRuleTests {
  @Test("REG-08 Registering twice with one poll throws 'already exists', and the first registration stays")
  func refusesSecondRegistration() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    let registry = loop.registry
    try registry.register(&ends.server, token: 1, interests: .readable)
    for token in [1, 2] as [Token] {
      expectError(.alreadyExists) { () throws(IOError) in
        try registry.register(&ends.server, token: token, interests: .writable)
      }
    }
    try ends.client.writeFully([1])
    let events = try loop.expect(1, .readable)
    #expect(events.allSatisfy { $0.token == 1 && Flags($0) == .readable }, "\(events)")
  }

  @Test("REG-09 A source of one poll that is offered to another throws 'already exists'")
  func refusesSecondPoll() throws(IOError) {
    var ends = try Connected()
    try expectOnePoll(&ends.listener)
    try expectOnePoll(&ends.server)
    var socket = try UDPSocket(bindingTo: anyPort)
    try expectOnePoll(&socket)
  }

  @Test("REG-09 The same holds for Unix-domain sockets and the ends of a pipe", .enabled(if: Backend.hasPairs))
  func refusesSecondPollUnix() throws(IOError) {
    let folder = try TemporaryFolder()
    var listener = try UnixListener(bindingTo: folder.address())
    try expectOnePoll(&listener)
    var streams = try UnixStream.pair()
    try expectOnePoll(&streams.first)
    var datagrams = try UnixDatagramSocket.pair()
    try expectOnePoll(&datagrams.first)
    var pipe = try PipeEnds()
    try expectOnePoll(&pipe.reader)
    try expectOnePoll(&pipe.writer)
  }

  private func expectOnePoll<T: Source & ~Copyable>(_ source: inout T) throws(IOError) {
    let first = try Poll()
    var second = try Loop()
    try first.registry.register(&source, token: 1, interests: .readable)
    let registry = second.registry
    expectError(.alreadyExists) { () throws(IOError) in
      try registry.register(&source, token: 1, interests: [.readable, .writable])
    }
    try second.expectQuiet()
    // Only the first poll's registration stands in the way.
    try first.registry.deregister(&source)
    try registry.register(&source, token: 2, interests: .readable)
    try registry.deregister(&source)
  }

  @Test("REG-10 Reregistering and deregistering what was never registered throw 'not found'")
  func refusesUnregistered() throws(IOError) {
    var ends = try Connected()
    try expectUnregistered(&ends.listener, with: try Poll().registry)
    try expectUnregistered(&ends.client, with: try Poll().registry)
    var socket = try UDPSocket(bindingTo: anyPort)
    try expectUnregistered(&socket, with: try Poll().registry)
  }

  @Test("REG-10 A poll does not find the sources of another")
  func refusesForeign() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 1, interests: .readable)
    try expectUnregistered(&ends.server, with: try Poll().registry)
    try ends.client.writeFully([1])
    try loop.expect(1, .readable)
    try loop.registry.deregister(&ends.server)
  }

  @Test("REG-11 Deregistering twice throws 'not found' and does no harm")
  func deregistersOnce() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 1, interests: .readable)
    try loop.registry.deregister(&ends.server)
    try expectUnregistered(&ends.server, with: loop.registry)
    try loop.registry.register(&ends.server, token: 2, interests: .readable)
    try ends.client.writeFully([1])
    let events = try loop.expect(2, .readable)
    #expect(events.allSatisfy { $0.token == 2 })
  }

  /// Expects that a registry knows nothing of a source.
  private func expectUnregistered<T: Source & ~Copyable>(
    _ source: inout T, with registry: Registry, sourceLocation: SourceLocation = #_sourceLocation
  ) throws(IOError) {
    expectError(.notFound, sourceLocation: sourceLocation) { () throws(IOError) in
      try registry.reregister(&source, token: 9, interests: [.readable, .writable])
    }
    expectError(.notFound, sourceLocation: sourceLocation) { () throws(IOError) in try registry.deregister(&source) }
  }

  @Test("REG-12 After calls that threw, a registered source is still where it was, as it was")
  func keepsRegistration() throws(IOError) {
    var loop = try Loop()
    var other = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 1, interests: .readable)
    try loop.expectQuiet()
    failEveryCall(on: &ends.server, of: loop.registry, andOf: other.registry)
    // Neither poll reports the interest or the token of the calls that threw.
    try loop.expectQuiet()
    try other.expectQuiet()
    try ends.client.writeFully([1])
    let events = try loop.expect(1, .readable)
    #expect(events.allSatisfy { $0.token == 1 && Flags($0) == .readable }, "\(events)")
    try other.expectQuiet()
    // The source's idea of where it is registered has not changed either.
    failEveryCall(on: &ends.server, of: loop.registry, andOf: other.registry)
    try loop.registry.reregister(&ends.server, token: 2, interests: .readable)
    try loop.expect(2, .readable)
    try loop.registry.deregister(&ends.server)
    try other.registry.register(&ends.server, token: 3, interests: .readable)
    try other.expect(3, .readable)
  }

  /// Makes every call that must be refused for a source of the first registry.
  private func failEveryCall(on stream: inout TCPStream, of registry: Registry, andOf other: Registry) {
    expectError(.alreadyExists) { () throws(IOError) in
      try registry.register(&stream, token: 8, interests: [.readable, .writable])
    }
    expectError(.alreadyExists) { () throws(IOError) in
      try other.register(&stream, token: 8, interests: [.readable, .writable])
    }
    expectError(.notFound) { () throws(IOError) in
      try other.reregister(&stream, token: 8, interests: [.readable, .writable])
    }
    expectError(.notFound) { () throws(IOError) in try other.deregister(&stream) }
    if !Backend.hasPriority {
      expectError(.unsupported) { () throws(IOError) in
        try registry.reregister(&stream, token: 8, interests: [.readable, .writable, .priority])
      }
    }
  }

  @Test("REG-12 After calls that threw, an unregistered source is still unregistered")
  func keepsUnregistered() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try expectUnregistered(&ends.server, with: loop.registry)
    if !Backend.hasPriority {
      expectError(.unsupported) { () throws(IOError) in
        try loop.registry.register(&ends.server, token: 8, interests: [.writable, .priority])
      }
      try expectUnregistered(&ends.server, with: loop.registry)
    }
    try ends.client.writeFully([1])
    try loop.expectQuiet()
    try loop.registry.register(&ends.server, token: 1, interests: .readable)
    try loop.expect(1, .readable)
  }
}
