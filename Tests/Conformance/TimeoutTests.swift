import MetalCore
import Testing

@Suite("POLL: no timeout is cut short", .backend)
struct TimeoutTests {
  @Test(
    "POLL-17 A poll lasts at least as long as its timeout, of whatever length", arguments: lengths,
    Watched.allCases)
  func length(timeout: Duration, watched: Watched) throws(IOError) {
    var loop = try Loop()
    var source = try Connected()
    try watched.prepare(&source, in: &loop)
    try expectTakes(timeout) { () throws(IOError) in
      let batch = try loop.wait(timeout)
      #expect(batch.isEmpty)
    }
  }

  @Test("POLL-17 A timeout is rounded up to the next nanosecond")
  func rounding() throws(IOError) {
    var loop = try Loop()
    for nanoseconds in [0, 1, 999, 1_000_000] as [Int64] {
      for attoseconds in [1, 999_999_999] as [Int128] {
        try expectTakes(.nanoseconds(nanoseconds + 1)) { () throws(IOError) in
          let batch = try loop.wait(.nanoseconds(nanoseconds) + Duration(attoseconds: attoseconds))
          #expect(batch.isEmpty)
        }
      }
    }
  }

  @Test("POLL-17 A wait that the registry interrupts is not cut short", arguments: lengths)
  func interrupted(timeout: Duration) throws(IOError) {
    var loop = try Loop()
    let registry = loop.registry
    let listeners = Handoff<TCPListener>()
    listeners.put(try TCPListener(bindingTo: anyPort))
    try expectTakes(timeout) { () throws(IOError) in
      try meanwhile(after: timeout / 2) {
        recordingErrors { () throws(IOError) in
          guard var listener = listeners.take() else { throw IOError(.notFound) }
          try registry.register(&listener, token: 1, interests: .readable)
          try registry.reregister(&listener, token: 2, interests: .readable)
          listeners.put(listener)
        }
      } _: { () throws(IOError) in
        let batch = try loop.wait(timeout)
        #expect(batch.isEmpty)
      }
    }
  }

  @Test("POLL-17 Without a timeout a poll waits for an event, however late it is")
  func withoutTimeout() throws(IOError) {
    let delay: Duration = Backend.hasVirtualTime ? .seconds(40 * 86_400) : .milliseconds(300)
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 17)
    try expectTakes(delay) { () throws(IOError) in
      try meanwhile(after: delay) {
        recordingErrors { () throws(IOError) in try waker.wake() }
      } _: { () throws(IOError) in
        let batch = try loop.wait(nil)
        #expect(batch.map(\.token) == [17])
      }
    }
  }

  /// From the finest to a quarter of a second, whole milliseconds and between them; to 30 days where time is virtual.
  static let lengths: [Duration] =
    [
      .nanoseconds(1), .nanoseconds(1_001), .microseconds(100), .milliseconds(1),
      .milliseconds(1) + .nanoseconds(1), .microseconds(2_500), .milliseconds(10), .microseconds(33_333),
      .milliseconds(100), .milliseconds(250), .milliseconds(250) + .nanoseconds(1),
    ] + (Backend.hasVirtualTime ? [.seconds(30 * 86_400)] : [])

  /// What the poll watches during the wait.
  enum Watched: CaseIterable, Sendable {
    case nothing
    /// A stream on which nothing has happened.
    case idle
    /// A stream that was reported, and read until it would block.
    case drained

    func prepare(_ source: inout Connected, in loop: inout Loop) throws(IOError) {
      if self == .nothing { return }
      try loop.registry.register(&source.server, token: 1, interests: .readable)
      guard self == .drained else { return }
      try source.client.writeFully([1])
      try loop.expect(1, .readable)
      var buffer = [UInt8](repeating: 0, count: 16)
      while let count = try source.server.read(into: buffer.mutableSpan), count > 0 {}
    }
  }
}
