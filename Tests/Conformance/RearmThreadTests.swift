import MetalCore
import Testing

@Suite("ET: re-arming by another thread during a wait", .backend)
struct RearmThreadTests {
  @Test("ET-15 Data that comes after another thread has drained a stream ends the wait")
  func reading() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 15, interests: .readable)
    try ends.client.writeFully([1])
    try loop.expect(15, .readable)
    let shared = Shared(ends)
    try expectEvent(from: &loop) { () throws(IOError) in
      try shared.value.server.drain()
      try shared.value.client.writeFully([2])
    }
  }

  @Test("ET-15 Space that comes after another thread's write would have blocked ends the wait")
  func writing() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 15, interests: .writable)
    try loop.expect(15, .writable)
    let shared = Shared(ends)
    try expectEvent(from: &loop) { () throws(IOError) in
      try shared.value.server.flood()
      try shared.value.client.drain()
    }
  }

  @Test("ET-15 A connection that comes after another thread has accepted all ends the wait")
  func accepting() throws(IOError) {
    var loop = try Loop()
    var listener = try TCPListener(bindingTo: anyPort)
    let address = try listener.localAddress
    try loop.registry.register(&listener, token: 15, interests: .readable)
    let first = try TCPStream(connectingTo: address)
    try loop.expect(15, .readable)
    let shared = Shared(listener)
    let clients = Handoff<TCPStream>()
    try expectEvent(from: &loop) { () throws(IOError) in
      while let accepted = try shared.value.accept() { try accepted.stream.close() }
      clients.put(try TCPStream(connectingTo: address))
    }
    _ = consume first
  }

  @Test("ET-15 A datagram that comes after another thread has received all ends the wait")
  func receiving() throws(IOError) {
    var loop = try Loop()
    var line = try UDPLine()
    try loop.registry.register(&line.socket, token: 15, interests: .readable)
    try line.deliver([1])
    try loop.expect(15, .readable)
    let shared = Shared(line)
    try expectEvent(from: &loop) { () throws(IOError) in
      var buffer: [UInt8] = [0, 0]
      while try shared.value.socket.receive(into: buffer.mutableSpan) != nil {}
      try shared.value.deliver([2])
    }
  }

  @Test(
    "ET-15 An error that comes after another thread has taken the last one ends the wait",
    .enabled(if: Backend.refusalsFailEveryCall, "Windows reports a refused datagram only to a receive."))
  func failing() throws(IOError) {
    var loop = try Loop()
    var line = try UDPLine()
    try loop.registry.register(&line.socket, token: 15, interests: .readable)
    try line.provokeError()
    #expect(try !loop.gatherUntilQuiet().isEmpty)
    let shared = Shared(line)
    try expectEvent(from: &loop) { () throws(IOError) in
      #expect(try shared.value.socket.takePendingError()?.kind == .connectionRefused)
      try shared.value.provokeError()
    }
  }

  /// Has another thread act while a poll waits, and expects that the wait ends with an event.
  private func expectEvent(
    from loop: inout Loop, sourceLocation: SourceLocation = #_sourceLocation,
    after act: @escaping @Sendable () throws(IOError) -> Void
  ) throws(IOError) {
    let time = try elapsed { () throws(IOError) in
      try meanwhile(after: .milliseconds(50)) {
        recordingErrors(sourceLocation: sourceLocation, act)
      } _: { () throws(IOError) in
        let tokens = Set(try loop.wait(.seconds(5)).map(\.token))
        #expect(tokens == [15], sourceLocation: sourceLocation)
      }
    }
    #expect(time < .seconds(3), sourceLocation: sourceLocation)
  }
}
