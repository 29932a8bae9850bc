import MetalCore
import Testing

@Suite("REG: how registrations end", .backend)
struct RegistrationEndTests {
  @Test(
    "REG-16 A registered listener that is dropped or closed is reported no more, and nobody can connect",
    .enabled(if: !Backend.isWine, "Wine 8 ends the stream where Windows resets the connection."))
  func endsWithItsListener() async {
    await #expect(processExitsWith: .success) {
      try onBackend { () throws(IOError) in
        var loop = try Loop()
        for isClosed in [false, true] {
          var listener = try TCPListener(bindingTo: anyPort)
          try loop.registry.register(&listener, token: 1, interests: .readable)
          let address = try listener.localAddress
          let waiting = try TCPStream(connectingTo: address)
          if isClosed { try listener.close() } else { drop(listener) }
          try loop.expectQuiet(.milliseconds(100))
          // The connection that was never accepted is gone with the listener.
          expectError(.connectionReset) { () throws(IOError) in try waiting.readFully(1) }
          var late = try TCPStream(connectingTo: address)
          try loop.registry.register(&late, token: 2, interests: .writable)
          try loop.expect(2, .writable)
          #expect(try late.takePendingError()?.kind == .connectionRefused)
        }
      }
    }
  }

  @Test("REG-16 A stream dropped between its readiness and the poll is not reported")
  func endsWhenStreamDropped() async {
    await #expect(processExitsWith: .success) {
      try onBackend { () throws(IOError) in
        var loop = try Loop()
        let listener = try TCPListener(bindingTo: anyPort)
        let client = try TCPStream(connectingTo: try listener.localAddress)
        var accepted = try listener.acceptWhenReady()
        try loop.registry.register(&accepted.stream, token: 1, interests: [.readable, .writable])
        drop(accepted)
        try loop.expectQuiet(.milliseconds(100))
        // The peer sees that the connection has ended.
        #expect(try client.readFully(1).isEmpty)
      }
    }
  }

  @Test("REG-20 A registry whose poll is gone registers or throws, but does not crash")
  func outlivesPollAsRegistry() throws(IOError) {
    let registry = try registryOfDroppedPoll()
    var ends = try Connected()
    attempt { () throws(IOError) in
      try registry.register(&ends.server, token: 1, interests: .readable)
      try registry.reregister(&ends.server, token: 2, interests: [.readable, .writable])
      try registry.deregister(&ends.server)
    }
    attempt { () throws(IOError) in try registry.reregister(&ends.client, token: 1, interests: .readable) }
    attempt { () throws(IOError) in try registry.deregister(&ends.client) }
    attempt { () throws(IOError) in
      let waker = try registry.makeWaker(token: 3)
      try waker.wake()
    }
    // The sources are none the worse for it.
    try ends.client.writeFully([1])
    #expect(try ends.server.readFully(1) == [1])
  }

  @Test("REG-20 A waker whose poll is gone wakes nobody or throws, but does not crash")
  func outlivesPollAsWaker() throws(IOError) {
    let waker = try wakerOfDroppedPoll()
    for _ in 0..<3 {
      attempt { () throws(IOError) in try waker.wake() }
    }
  }

  private func registryOfDroppedPoll() throws(IOError) -> Registry {
    let poll = try Poll()
    return poll.registry
  }

  private func wakerOfDroppedPoll() throws(IOError) -> Waker {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 1)
    try waker.wake()
    try loop.expect(1, .readable)
    return waker
  }

  /// Makes calls that may succeed or throw.
  private func attempt(_ operation: () throws(IOError) -> Void) {
    do throws(IOError) {
      try operation()
    } catch {
      // To throw is as good as to succeed.
    }
  }

  @Test("REG-22 The sources of a poll that is gone are free for another at once")
  func freesSources() throws(IOError) {
    var ends = try Connected()
    try registerAndDropPoll(&ends.listener)
    try registerAndDropPoll(&ends.server)
    var socket = try UDPSocket(bindingTo: anyPort)
    try registerAndDropPoll(&socket)
    try expectFree(&socket)
    try expectFree(&ends.listener)
    var loop = try expectFree(&ends.server)
    try ends.client.writeFully([1])
    let events = try loop.expect(2, .readable)
    #expect(events.allSatisfy { $0.token == 2 })
    try loop.registry.deregister(&ends.server)
  }

  /// Registers a source with a poll that, with a copy of its registry and a waker, is gone on return.
  private func registerAndDropPoll<T: Source & ~Copyable>(_ source: inout T) throws(IOError) {
    var loop = try Loop()
    let registry = loop.registry
    let waker = try registry.makeWaker(token: 7)
    try registry.register(&source, token: 1, interests: .readable)
    try waker.wake()
    try loop.expect(7, .readable)
  }

  /// Expects that a source counts as unregistered, and registers it with a new poll.
  @discardableResult
  private func expectFree<T: Source & ~Copyable>(_ source: inout T) throws(IOError) -> Loop {
    let loop = try Loop()
    let registry = loop.registry
    expectError(.notFound) { () throws(IOError) in try registry.reregister(&source, token: 2, interests: .readable) }
    expectError(.notFound) { () throws(IOError) in try registry.deregister(&source) }
    try registry.register(&source, token: 2, interests: .readable)
    return loop
  }
}
