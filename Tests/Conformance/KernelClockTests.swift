import MetalCore
import Testing

@Suite("TIME: the clock of a kernel", .backend)
struct KernelClockTests {
  @Test("TIME-01 The clock measures a poll: at least its timeout, and it never goes back")
  func measures() throws(IOError) {
    let clock = KernelClock()
    var loop = try Loop()
    let start = clock.now
    #expect(clock.now >= start)
    try expectTakes(.milliseconds(20)) { () throws(IOError) in
      let batch = try loop.wait(.milliseconds(20))
      #expect(batch.isEmpty)
    }
    #expect(start.duration(to: clock.now) >= .milliseconds(20))
    #expect(start.advanced(by: .milliseconds(20)) <= clock.now)
    #if !hasFeature(Embedded)
    #expect(clock.minimumResolution == .nanoseconds(1))
    #endif
  }

  @Test("TIME-01 All clocks of a kernel show the same time, by each way to make one")
  func sameTime() {
    let clocks = (KernelClock(), KernelClock(on: KernelClock().kernel), MetalCore.KernelClock<Selector>())
    let moments = [clocks.0.now, clocks.1.now, clocks.2.now, clocks.0.now]
    #expect(moments == moments.sorted())
    #expect(clocks.0.now.nanoseconds >= moments[3].nanoseconds)
    requireSendable(KernelClock.self)
    requireSendable(KernelClock.Instant.self)
  }

  @Test("TIME-02 A loop that waits for the rest of a deadline ends at the deadline, not before, whatever comes between")
  func deadline() throws(IOError) {
    let clock = KernelClock()
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 1)
    var wakes = 0
    try expectTakes(.milliseconds(20)) { () throws(IOError) in
      let deadline = clock.now.advanced(by: .milliseconds(20))
      try waker.wake()
      while clock.now < deadline {
        wakes += try loop.wait(clock.now.duration(to: deadline)).count
      }
    }
    #expect(wakes == 1)
    withExtendedLifetime(waker) {}
  }

  @Test("TIME-02 The rest of a deadline that has passed is negative, so that a poll does not wait")
  func passed() throws(IOError) {
    let clock = KernelClock()
    var loop = try Loop()
    let rest = clock.now.duration(to: clock.now.advanced(by: .seconds(-3_600)))
    #expect(rest < .seconds(-3_599))
    let start = clock.now
    let batch = try loop.wait(rest)
    #expect(batch.isEmpty)
    #expect(start.duration(to: clock.now) < .seconds(60))
  }

  @Test("TIME-03 A moment is advanced by whole nanoseconds, rounded up", arguments: roundings)
  func rounding(attoseconds: Int128, nanoseconds: Int64) {
    let moment = KernelClock.Instant(nanoseconds: 5)
    #expect(moment.advanced(by: Duration(attoseconds: attoseconds)).nanoseconds == nanoseconds)
  }

  static let roundings: [(Int128, Int64)] = [
    (0, 5), (1, 6), (999_999_999, 6), (1_000_000_000, 6), (1_000_000_001, 7), (-1, 5), (-999_999_999, 5),
    (-1_000_000_000, 4), (-6_000_000_001, -1),
  ]

  @Test("TIME-03 A moment beyond 64 bits is the last one, or the first one")
  func clamping() {
    let (first, last) = (KernelClock.Instant(nanoseconds: .min), KernelClock.Instant(nanoseconds: .max))
    let longest = Duration(attoseconds: .max)
    let shortest = Duration(attoseconds: .min)
    for moment in [first, KernelClock.Instant(nanoseconds: 0), last] {
      #expect(moment.advanced(by: longest) == last)
      #expect(moment.advanced(by: shortest) == first)
    }
    #expect(last.advanced(by: .nanoseconds(1)) == last)
    #expect(first.advanced(by: .nanoseconds(-1)) == first)
  }

  @Test("TIME-03 The time between two moments is exact, and leads from one to the other")
  func between() {
    let moments = [.min, -7, 0, 12, .max].map { KernelClock.Instant(nanoseconds: $0) }
    for left in moments {
      for right in moments {
        #expect(left.advanced(by: left.duration(to: right)) == right)
        #expect(left.duration(to: right) == .zero - right.duration(to: left))
        #expect((left < right) == (left.duration(to: right) > .zero))
        #expect((left == right) == (left.duration(to: right) == .zero))
      }
    }
    #expect(Set(moments + moments).count == 5)
  }
}
