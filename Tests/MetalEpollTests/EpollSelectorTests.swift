import Glibc
import MetalCore
import MetalSystem
import Testing

@Suite("EpollSelector", .backend)
struct EpollSelectorTests {
  @Test(
    "POLL-14 On a kernel without the finer wait a timeout is rounded up to whole milliseconds",
    arguments: [
      (Duration.nanoseconds(1), Duration.milliseconds(1)),
      (.microseconds(200), .milliseconds(1)),
      (.milliseconds(1), .milliseconds(1)),
      (.microseconds(1500), .milliseconds(2)),
      (.milliseconds(20) + .nanoseconds(1), .milliseconds(21)),
    ])
  func roundedUp(timeout: Duration, rounded: Duration) throws {
    let selector = try EpollSelector(hasFineWait: false)
    var events = Events(capacity: 4)
    for _ in 0..<3 {
      try expectTakes(rounded) {
        try selector.select(into: &events, timeout: timeout)
        #expect(events.isEmpty)
      }
    }
  }

  @Test(
    "POLL-08 The same holds for timeouts beyond 32-bit milliseconds", arguments: PollLimitTests.longTimeouts)
  func longCoarseTimeout(timeout: Duration) throws {
    let selector = try EpollSelector(hasFineWait: false)
    let waker = try Waker(registry: Registry(selector: selector), token: 8)
    var events = Events(capacity: 4)
    try expectTakes(.milliseconds(30)) {
      try meanwhile(after: .milliseconds(30)) {
        recordingErrors { try waker.wake() }
      } _: {
        try selector.select(into: &events, timeout: timeout)
        #expect(events.map(\.token) == [8])
      }
    }
  }

  @Test(
    "POLL-03 Without the finer wait a zero or negative timeout does not wait",
    arguments: [Duration.zero, .seconds(-1)])
  func coarseZero(timeout: Duration) throws {
    let selector = try EpollSelector(hasFineWait: false)
    var events = Events(capacity: 4)
    let time = try shortest(of: 10) { try selector.select(into: &events, timeout: timeout) }
    #expect(time < .milliseconds(1))
  }

  @Test("POLL-09 What the wait says of a descriptor that is no epoll any more is thrown as it is")
  func brokenWait() async {
    await #expect(processExitsWith: .success) {
      var loop = try Loop()
      let waker = try Waker(registry: loop.registry, token: 1)
      try waker.wake()
      _ = try loop.wait()
      #expect(loop.events.count == 1)
      dup2(STDIN_FILENO, loop.registry.selector.rawDescriptor)
      for timeout in [nil, .zero, .milliseconds(5), .microseconds(5)] as [Duration?] {
        expectError(.invalidInput) { () throws(IOError) in try loop.wait(timeout) }
        #expect(loop.events.isEmpty)
      }
    }
  }

  @Test("A waker that cannot be registered leaves no descriptor behind")
  func failedWaker() async {
    await #expect(processExitsWith: .success) {
      let poll = try Poll()
      // Something else in the place of the epoll descriptor refuses the registration.
      dup2(STDIN_FILENO, poll.registry.selector.rawDescriptor)
      _ = try await settledDescriptors()
      for _ in 0..<100 {
        expectNoLeak(.invalidInput) { () throws(IOError) in try Waker(registry: poll.registry, token: 1) }
      }
    }
  }

  @Test("POLL-11 The selector's descriptor is positive and close-on-exec")
  func descriptor() throws {
    let poll = try Poll()
    let descriptor = poll.registry.selector.rawDescriptor
    #expect(descriptor > 0)
    #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC)
  }

  @Test("WAKE-08 A wake on a full counter neither blocks nor is lost")
  func fullCounter() throws {
    var loop = try Loop()
    let waker = try Waker(registry: loop.registry, token: 3)
    for isDelivered in [true, false, true, false] {
      // What is in the counter already leaves room for less than the most it can hold: fill it by halves.
      var amount = UInt64.max - 1
      while amount > 0 {
        let written = unsafe write(waker.handle.descriptor, &amount, 8)
        if written < 0 { amount /= 2 }
      }
      if isDelivered {
        // The event of the filling is out of the way: what comes next is the wake's own.
        #expect(try loop.gatherUntilQuiet().map(\.token) == [3])
      }
      try waker.wake()
      #expect(try loop.gatherUntilQuiet().map(\.token) == [3])
      try waker.wake()
      try waker.wake()
      #expect(try loop.gatherUntilQuiet().map(\.token) == [3])
    }
  }

  @Test("WAKE-04 More wakers than there are bits for are each reported once and coalesce")
  func manyWakers() throws {
    var loop = try Loop(capacity: 16)
    var wakers: [Waker] = []
    for index in UInt(0)..<150 {
      wakers.append(try Waker(registry: loop.registry, token: Token(rawValue: index)))
    }
    for round in 0..<3 {
      for waker in wakers {
        for _ in 0...round { try waker.wake() }
      }
      let tokens = try loop.gatherUntilQuiet().map(\.token)
      #expect(tokens.sorted() == wakers.indices.map { Token(rawValue: UInt($0)) })
    }
    // Every other one goes, with a wake pending; what is made in their place has their bits.
    for index in stride(from: 0, to: 150, by: 2) { try wakers[index].wake() }
    for index in stride(from: 0, to: 150, by: 2) {
      wakers[index] = try Waker(registry: loop.registry, token: Token(rawValue: UInt(1000 + index)))
    }
    try loop.expectQuiet()
    for waker in wakers { try waker.wake() }
    let tokens = try loop.gatherUntilQuiet().map(\.token)
    #expect(
      tokens.sorted() == wakers.indices.map { Token(rawValue: UInt($0 % 2 == 0 ? 1000 + $0 : $0)) }.sorted())
    // An array may be released after its last use, and a waker that is gone wakes nobody.
    withExtendedLifetime(wakers) {}
  }

  @Test("WAKE-04 A bit that a waker left with a wake pending is clear for the waker that gets it next")
  func reusedBit() throws {
    var loop = try Loop()
    // All bits are taken, so that each new waker gets the one that was just given back.
    var wakers: [Waker] = []
    for index in UInt(0)..<64 {
      wakers.append(try Waker(registry: loop.registry, token: Token(rawValue: index)))
    }
    for index in [0, 1, 31, 62, 63] {
      let other = wakers[(index + 7) % 64]
      try other.wake()
      try wakers[index].wake()
      let last = wakers.remove(at: index)
      wakers.insert(other, at: index)
      _ = consume last
      wakers[index] = try Waker(registry: loop.registry, token: Token(rawValue: UInt(100 + index)))
      try wakers[index].wake()
      let tokens = try loop.gatherUntilQuiet().map(\.token)
      #expect(
        tokens.sorted()
          == [Token(rawValue: UInt((index + 7) % 64)), Token(rawValue: UInt(100 + index))].sorted())
    }
    // An array may be released after its last use, and a waker that is gone wakes nobody.
    withExtendedLifetime(wakers) {}
  }
}
