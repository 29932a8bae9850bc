import MetalCore
import Testing

/// A source of the program's own that records what is called, and throws what it is told to.
private struct Recorder: Source {
  enum Call: Equatable {
    case register(Token, Interests)
    case reregister(Token, Interests)
    case deregister
  }

  var calls: [Call] = []
  var registries: [Registry] = []
  /// What the three methods throw, in order.
  var errors: [IOError] = []

  mutating func register(with registry: Registry, token: Token, interests: Interests) throws(IOError) {
    calls.append(.register(token, interests))
    registries.append(registry)
    if !errors.isEmpty { throw errors[0] }
  }

  mutating func reregister(with registry: Registry, token: Token, interests: Interests) throws(IOError) {
    calls.append(.reregister(token, interests))
    registries.append(registry)
    if !errors.isEmpty { throw errors[1] }
  }

  mutating func deregister(from registry: Registry) throws(IOError) {
    calls.append(.deregister)
    registries.append(registry)
    if !errors.isEmpty { throw errors[2] }
  }
}

/// A source of the program's own that owns a stream and forwards to it.
private struct Connection: ~Copyable, Source {
  var stream: TCPStream

  mutating func register(with registry: Registry, token: Token, interests: Interests) throws(IOError) {
    try stream.register(with: registry, token: token, interests: interests)
  }

  mutating func reregister(with registry: Registry, token: Token, interests: Interests) throws(IOError) {
    try stream.reregister(with: registry, token: token, interests: interests)
  }

  mutating func deregister(from registry: Registry) throws(IOError) {
    try stream.deregister(from: registry)
  }
}

@Suite("SRC: the source protocol", .backend)
struct SourceTests {
  @Test("SRC-01 Each call of the registry reaches a custom source once, with its arguments, in order")
  func recordsCalls() throws(IOError) {
    var loop = try Loop()
    var source = Recorder()
    try loop.registry.register(&source, token: 3, interests: [.readable, .writable])
    #expect(source.calls == [.register(3, [.readable, .writable])])
    try loop.registry.reregister(&source, token: 4, interests: .readable)
    try loop.registry.deregister(&source)
    try loop.expectQuiet()
    #expect(source.calls == [.register(3, [.readable, .writable]), .reregister(4, .readable), .deregister])
    let selector = loop.registry.selector
    #expect(source.registries.allSatisfy { $0.selector === selector })
  }

  @Test("SRC-02 What a custom source throws reaches the registry's caller unchanged")
  func passesErrorsOn() throws(IOError) {
    let loop = try Loop()
    let errors = [IOError(.outOfMemory, code: 101), IOError(.other, code: 102), IOError(.timedOut, code: 103)]
    var source = Recorder(errors: errors)
    let registry = loop.registry
    expectError(errors[0]) { () throws(IOError) in try registry.register(&source, token: 0, interests: .readable) }
    expectError(errors[1]) { () throws(IOError) in try registry.reregister(&source, token: 0, interests: .readable) }
    expectError(errors[2]) { () throws(IOError) in try registry.deregister(&source) }
    #expect(source.calls.count == 3)
  }

  @Test("SRC-03 Generic code registers listeners, streams, pipe ends and custom sources alike")
  func worksGenerically() throws(IOError) {
    var ends = try Connected()
    try cycle(&ends.listener)
    try cycle(&ends.client)
    var socket = try UDPSocket(bindingTo: anyPort)
    try cycle(&socket)
    let server = ends.server
    var connection = Connection(stream: server)
    try cycle(&connection)
    var recorder = Recorder()
    try cycle(&recorder)
    #expect(recorder.calls == [.register(1, .readable), .reregister(2, .readable), .deregister])
    guard Backend.hasUnixSockets else { return }
    let folder = try TemporaryFolder()
    var unixEnds = try UnixConnected(folder.address())
    try cycle(&unixEnds.listener)
    try cycle(&unixEnds.client)
    guard Backend.hasPairs else { return }
    var datagrams = try UnixDatagramSocket.pair()
    try cycle(&datagrams.first)
    var pipe = try PipeEnds()
    try cycle(&pipe.reader)
  }

  /// Takes an idle source through all its registrations.
  private func cycle<T: Source & ~Copyable>(_ source: inout T) throws(IOError) {
    var loop = try Loop(watching: &source, token: 1, interests: .readable)
    try loop.registry.reregister(&source, token: 2, interests: .readable)
    try loop.expectQuiet()
    try loop.registry.deregister(&source)
  }

  @Test("SRC-04 Events of a forwarding source carry the token of the outer registration")
  func forwards() throws(IOError) {
    var loop = try Loop()
    let listener = try TCPListener(bindingTo: anyPort)
    var connection = Connection(stream: try TCPStream(connectingTo: try listener.localAddress))
    let accepted = try listener.acceptWhenReady()
    try loop.registry.register(&connection, token: 11, interests: [.readable, .writable])
    try accepted.stream.writeFully([1])
    var events = try loop.expect(11, [.readable, .writable])
    #expect(events.allSatisfy { $0.token == 11 })
    try loop.registry.reregister(&connection, token: 12, interests: .readable)
    events = try loop.expect(12, .readable)
    #expect(events.allSatisfy { $0.token == 12 })
    try loop.registry.deregister(&connection)
    try accepted.stream.writeFully([2])
    try loop.expectQuiet()
    #expect(try connection.stream.readFully(2) == [1, 2])
  }
}
