import MetalCore
import Testing

@Suite("EVT: what events say", .backend)
struct EventFlagTests {
  @Test("EVT-05 Every flag of every event can be asked for; what was not asked or does not exist is false")
  func answersEverything() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    let waker = try loop.registry.makeWaker(token: 1)
    try waker.wake()
    try loop.registry.register(&ends.listener, token: 2, interests: .readable)
    try loop.registry.register(&ends.server, token: 3, interests: .readable)
    try loop.registry.register(&ends.client, token: 4, interests: .writable)
    let other = try TCPStream(connectingTo: try ends.listener.localAddress)
    try ends.client.writeFully([1])
    var events = try loop.expect(1, .readable)
    for token in [2, 3] as [Token] where !events.contains(where: { $0.token == token }) {
      events += try loop.expect(token, .readable)
    }
    if !events.contains(where: { $0.token == 4 }) { events += try loop.expect(4, .writable) }
    for event in events {
      let isWritable = event.token == 4
      #expect(answers(event) == [!isWritable, isWritable, false, false, false, false], "\(event)")
    }
    #expect(try other.peerAddress == ends.listener.localAddress)
  }

  @Test("EVT-05 The event that tells of the peer's end answers every question, and priority with no")
  func answersAtTheEnd() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 3, interests: [.readable, .writable])
    try ends.client.close()
    let events = try loop.expect(3, [.readable, .readClosed])
    for event in events {
      let flags = answers(event)
      #expect(flags.count == 6 && flags[5] == false, "\(event)")
    }
  }

  /// Asks an event of any backend for everything, in the protocol's order.
  private func answers<E: ReadinessEvent>(_ event: E) -> [Bool] {
    [
      event.isReadable, event.isWritable, event.isError, event.isReadClosed, event.isWriteClosed,
      event.isPriority,
    ]
  }

  @Test("EVT-07 Plain data on an open stream is readable, and nothing ended, failed or was urgent")
  func reportsPlainData() throws(IOError) {
    for interests in [.readable, [.readable, .writable]] as [Interests] {
      var loop = try Loop()
      var ends = try Connected()
      try loop.registry.register(&ends.server, token: 1, interests: interests)
      if interests.isWritable { try loop.expect(1, .writable) }
      try ends.client.writeFully([1, 2, 3])
      let events = try loop.expect(1, .readable)
      let flags = union(events)
      #expect(events.allSatisfy { $0.token == 1 })
      // "Writable" may be said again where it is registered; where it is not, never.
      #expect(flags == .readable || (interests.isWritable && flags == [.readable, .writable]))
    }
  }

  @Test("EVT-08 A source that is ready both ways is reported so, in one event or in one for each way")
  func reportsBothWays() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try ends.client.writeFully([1])
    try ends.server.waitForData()
    try loop.registry.register(&ends.server, token: 6, interests: [.readable, .writable])
    let events = try loop.expect(6, [.readable, .writable])
    #expect(events.allSatisfy { $0.token == 6 })
    #expect(union(events) == [.readable, .writable])
    if Backend.mergesDirections {
      #expect(events.map { Flags($0) } == [[.readable, .writable]])
    } else {
      let flags = events.map { Flags($0) }
      #expect(flags == [.readable, .writable] || flags == [.writable, .readable])
    }
  }

  @Test("EVT-10 Both texts of an event name its token", arguments: [0, 1, 4_711, .max] as [UInt])
  func describesItself(word: UInt) throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.client, token: Token(word), interests: .writable)
    let events = try loop.expect(Token(word), .writable)
    for event in events {
      #expect(event.description.contains(String(word)))
      #expect(event.debugDescription.contains(String(word)))
      #expect("\(event)" == event.description)
    }
  }

  @Test("EVT-11 A refused connect is reported to a stream that is registered for writable alone")
  func reportsRefusal() throws(IOError) {
    // Nobody can listen where a connected socket is bound, and nobody does.
    let ends = try Connected()
    var loop = try Loop()
    var stream = try TCPStream(connectingTo: ends.client.localAddress)
    try loop.registry.register(&stream, token: 1, interests: .writable)
    let batch = try firstBatch(&loop)
    #expect(!batch.isEmpty && batch.allSatisfy { $0.token == 1 })
    #expect(union(batch).isSuperset(of: [.error, .writeClosed]), "\(batch)")
    let error = try stream.takePendingError()
    #expect(error?.kind == .connectionRefused)
    withExtendedLifetime(ends) {}
  }

  @Test("EVT-11 A reset by the peer is reported to a stream that is registered for writable alone")
  func reportsReset() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 1, interests: .writable)
    try loop.expect(1, .writable)
    try loop.expectQuiet()
    try ends.client.setOption(.linger, to: .zero)
    try ends.client.close()
    let batch = try firstBatch(&loop)
    #expect(!batch.isEmpty && batch.allSatisfy { $0.token == 1 })
    #expect(union(batch).contains(.writeClosed))
  }

  @Test(
    "EVT-11 A pipe's writer, registered for writable alone, is told that its reader was dropped",
    .enabled(if: Backend.hasPairs))
  func reportsReaderIsGone() throws(IOError) {
    var loop = try Loop()
    let pipe = try PipeEnds()
    let reader = pipe.reader
    var writer = pipe.writer
    // A full pipe, so that the end of the reader is all there is to tell.
    try writer.flood()
    try loop.registry.register(&writer, token: 1, interests: .writable)
    try loop.expectQuiet()
    try reader.close()
    let batch = try firstBatch(&loop)
    #expect(!batch.isEmpty && batch.allSatisfy { $0.token == 1 })
    // Linux reports it as an error, other systems as the end.
    #expect(!union(batch).isDisjoint(with: [.error, .writeClosed]), "\(batch)")
    expectError(.brokenPipe) { () throws(IOError) in try writer.write([1].span) }
  }

  /// Polls up to three times for events of any kind.
  private func firstBatch(_ loop: inout Loop) throws(IOError) -> [Event] {
    for _ in 0..<3 {
      let batch = try loop.wait()
      if !batch.isEmpty { return batch }
    }
    return []
  }

  private func union(_ events: [Event]) -> Flags {
    events.reduce(into: []) { $0.formUnion(Flags($1)) }
  }
}
