import MetalCore
import Testing

@Suite("POLL: timeouts and limits", .backend)
struct PollLimitTests {
  @Test("POLL-08 A timeout beyond what the system can express does not return early", arguments: longTimeouts)
  func longTimeout(timeout: Duration) throws {
    var loop = try Loop()
    let waker = try Waker(registry: loop.registry, token: 8)
    try expectTakes(.milliseconds(30)) {
      try meanwhile(after: .milliseconds(30)) {
        recordingErrors { try waker.wake() }
      } _: {
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
    .seconds(Int64.max) + .nanoseconds(999_999_999) + Duration(attoseconds: 1),
    .seconds(Int64.max) + .seconds(1),
    Duration(attoseconds: .max),
  ]

  @Test("POLL-12 A poll, its registry and its events move to another thread and back, and work in both")
  func movesBetweenThreads() throws {
    requireSendable(Poll.self)
    requireSendable(Registry.self)
    requireSendable(Events.self)
    let poll = Handoff<Poll>()
    let events = Handoff<Events>()
    let made = try Poll()
    let registry = made.registry
    poll.put(made)
    events.put(Events(capacity: 8))
    let wakers = Handoff<Waker>()
    wakers.put(try Waker(registry: registry, token: 1))

    meanwhile {
      recordingErrors {
        guard var moved = poll.take(), var batch = events.take(), let first = wakers.take() else {
          throw IOError(.notFound)
        }
        try first.wake()
        try moved.poll(&batch, timeout: .zero)
        #expect(batch.map(\.token) == [1])
        // Made on this thread through a registry that was copied on the other.
        wakers.put(try Waker(registry: registry, token: 2))
        poll.put(moved)
        events.put(batch)
      }
    } _: {
    }

    guard var back = poll.take(), var batch = events.take(), let second = wakers.take() else {
      Issue.record("the other thread handed nothing back")
      return
    }
    #expect(batch.map(\.token) == [1])
    try second.wake()
    try back.poll(&batch, timeout: .milliseconds(500))
    #expect(batch.map(\.token) == [2])
  }

  @Test("POLL-13 A container of capacity 0 is an invalid argument at once, and no event is consumed")
  func capacityZero() throws {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 1, interests: .readable)
    let waker = try Waker(registry: loop.registry, token: 2)
    try connected.client.writeFully([1])
    try waker.wake()
    var none = Events(capacity: 0)
    for timeout in [nil, .zero, .seconds(30)] as [Duration?] {
      expectTakes(.zero) {
        expectError(.invalidInput) { () throws(IOError) in try loop.poll.poll(&none, timeout: timeout) }
      }
      #expect(none.isEmpty)
    }
    let all = try loop.gather(polls: 2) { $0.count == 2 }
    let tokens = all.map(\.token)
    #expect(tokens.sorted() == [1, 2])
  }

  @Test("POLL-14 A timeout of 200 µs is kept, and is not rounded up where the system has a finer wait")
  func fineTimeout() throws {
    var loop = try Loop()
    let timeout = Duration.microseconds(200)
    let time = try shortest(of: 20) {
      try expectTakes(timeout) {
        let batch = try loop.wait(timeout)
        #expect(batch.isEmpty)
      }
    }
    if Backend.hasFineTimeouts {
      #expect(time < .milliseconds(1))
    } else {
      #expect(time >= .milliseconds(1))
    }
  }

  @Test("POLL-14 A timeout between two ticks of the system's clock is never cut short")
  func timeoutBetweenTicks() throws {
    var loop = try Loop()
    for timeout in [.nanoseconds(1), .microseconds(1500), .nanoseconds(2_000_001)] as [Duration] {
      try expectTakes(timeout) {
        let batch = try loop.wait(timeout)
        #expect(batch.isEmpty)
      }
    }
  }
}
