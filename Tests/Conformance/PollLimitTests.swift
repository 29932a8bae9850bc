import MetalCore
import Testing

@Suite("POLL: timeouts and limits", .backend)
struct PollLimitTests {
  @Test("POLL-08 A timeout beyond what the system can express does not return early", arguments: longTimeouts)
  func longTimeout(timeout: Duration) throws(IOError) {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 8)
    try expectTakes(.milliseconds(30)) { () throws(IOError) in
      try meanwhile(after: .milliseconds(30)) {
        recordingErrors { () throws(IOError) in try waker.wake() }
      } _: { () throws(IOError) in
        let batch = try loop.wait(timeout)
        #expect(batch.map(\.token) == [8])
      }
    }
  }

  /// Around the limits of 32-bit milliseconds and seconds and of 64-bit seconds, up to the largest duration.
  static let longTimeouts: [Duration] = [
    .seconds(30 * 86_400),
    .seconds(30 * 86_400) + .nanoseconds(1),
    .milliseconds(Int64(Int32.max)),
    .milliseconds(Int64(Int32.max) + 1),
    .milliseconds(Int64(UInt32.max)),
    .milliseconds(Int64(UInt32.max) + 1),
    .milliseconds(Int64(UInt32.max) + 2) + .nanoseconds(1),
    .seconds(Int64(Int32.max) + 1),
    .seconds(Int64(UInt32.max) + 1),
    .seconds(Int64.max),
    .seconds(Int64.max) + .nanoseconds(999_999_999),
    .seconds(Int64.max) + .nanoseconds(999_999_999) + Duration(attoseconds: 1), .seconds(Int64.max) + .seconds(1),
    Duration(attoseconds: .max),
  ]

  @Test("POLL-12 A poll, its registry and its events move to another thread and back, and work in both")
  func movesBetweenThreads() throws(IOError) {
    requireSendable(Poll.self)
    requireSendable(Registry.self)
    requireSendable(Events.self)
    let loop = try Loop()
    let wakers = Handoff<Waker>()
    wakers.put(try loop.registry.makeWaker(token: 0))
    // A loop is a poll and its events.
    let loops = Handoff<Loop>()
    loops.put(loop)
    try meanwhile {
      recordingErrors { () throws(IOError) in try wakeAndPoll(loops, wakers, token: 0) }
    } _: {
    }
    try wakeAndPoll(loops, wakers, token: 1)
    try meanwhile {
      recordingErrors { () throws(IOError) in try wakeAndPoll(loops, wakers, token: 2) }
    } _: {
    }
  }

  /// Takes the loop and its waker over, uses both, and hands them on with a waker that was made on this thread.
  private func wakeAndPoll(_ loops: Handoff<Loop>, _ wakers: Handoff<Waker>, token: Token) throws(IOError) {
    var loop = try loops.takeOrThrow()
    let waker = try wakers.takeOrThrow()
    try waker.wake()
    let batch = try loop.wait()
    #expect(batch.map(\.token) == [token])
    wakers.put(try loop.registry.makeWaker(token: Token(rawValue: token.rawValue + 1)))
    loops.put(loop)
  }

  @Test("POLL-13 A container of capacity 0 is an invalid argument at once, and no event is consumed")
  func capacityZero() throws(IOError) {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 1, interests: .readable)
    let waker = try loop.registry.makeWaker(token: 2)
    try connected.client.writeFully([1])
    try waker.wake()
    var none = Events(capacity: 0)
    for timeout in [nil, .zero, .seconds(30)] as [Duration?] {
      try expectTakes(.zero) {
        expectError(.invalidInput) { () throws(IOError) in try loop.poll.wait(into: &none, timeout: timeout) }
      }
      #expect(none.isEmpty)
    }
    let all = try loop.gather(polls: 2) { $0.count == 2 }
    let tokens = all.map(\.token)
    #expect(tokens.sorted() == [1, 2])
  }

  @Test("POLL-14 A timeout of 200 µs is kept, and is not rounded up where the system has a finer wait")
  func fineTimeout() throws(IOError) {
    var loop = try Loop()
    let timeout = Duration.microseconds(200)
    let time = try shortest(of: 20) { () throws(IOError) in
      try expectTakes(timeout) { () throws(IOError) in
        let batch = try loop.wait(timeout)
        #expect(batch.isEmpty)
      }
    }
    if Backend.hasFineTimeouts {
      // Wine 8 rounds some of these timeouts to milliseconds.
      #expect(time < .milliseconds(1) || Backend.isWine)
    } else {
      #expect(time >= .milliseconds(1))
    }
  }

  @Test("POLL-14 A timeout between two ticks of the system's clock is never cut short")
  func timeoutBetweenTicks() throws(IOError) {
    var loop = try Loop()
    for timeout in [.nanoseconds(1), .microseconds(1500), .nanoseconds(2_000_001)] as [Duration] {
      try expectTakes(timeout) { () throws(IOError) in
        let batch = try loop.wait(timeout)
        #expect(batch.isEmpty)
      }
    }
  }
}

extension Handoff where Value: ~Copyable {
  /// Takes the value out, which must be there.
  fileprivate func takeOrThrow() throws(IOError) -> Value {
    guard let value = take() else { throw IOError(.notFound) }
    return value
  }
}
