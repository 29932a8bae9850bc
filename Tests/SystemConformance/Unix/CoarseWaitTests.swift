import MetalCore
import Testing

@Suite("POLL: timeouts on a system without the finer wait", .backend)
struct CoarseWaitTests {
  @Test(
    "POLL-14 On a kernel without the finer wait a timeout is rounded up to whole milliseconds",
    arguments: [
      (Duration.nanoseconds(1), Duration.milliseconds(1)),
      (.microseconds(200), .milliseconds(1)),
      (.milliseconds(1), .milliseconds(1)),
      (.microseconds(1500), .milliseconds(2)),
      (.milliseconds(20) + .nanoseconds(1), .milliseconds(21)),
    ])
  func roundedUp(timeout: Duration, rounded: Duration) throws(IOError) {
    var poll = try Backend.coarsePoll()
    var events = Events(capacity: 4)
    for _ in 0..<3 {
      try expectTakes(rounded) { () throws(IOError) in
        try poll.wait(into: &events, timeout: timeout)
        #expect(events.isEmpty)
      }
    }
  }

  @Test("POLL-08 The same holds for timeouts beyond 32-bit milliseconds", arguments: PollLimitTests.longTimeouts)
  func longCoarseTimeout(timeout: Duration) throws(IOError) {
    var poll = try Backend.coarsePoll()
    let waker = try poll.registry.makeWaker(token: 8)
    var events = Events(capacity: 4)
    try expectTakes(.milliseconds(30)) { () throws(IOError) in
      try meanwhile(after: .milliseconds(30)) {
        recordingErrors { () throws(IOError) in try waker.wake() }
      } _: { () throws(IOError) in
        try poll.wait(into: &events, timeout: timeout)
        #expect(events.map(\.token) == [8])
      }
    }
  }

  @Test(
    "POLL-03 Without the finer wait a zero or negative timeout does not wait",
    arguments: [Duration.zero, .seconds(-1)])
  func coarseZero(timeout: Duration) throws(IOError) {
    var poll = try Backend.coarsePoll()
    var events = Events(capacity: 4)
    let time = try shortest(of: 10) { () throws(IOError) in try poll.wait(into: &events, timeout: timeout) }
    #expect(time < .milliseconds(1))
  }
}
