import MetalCore
import Testing

@testable import MetalPoll

@Suite("PosixPollSelector: fairness", .backend)
struct FairnessTests {
  @Test("EVT-04 With a hundred sources always ready each has its turn in time", arguments: Rearming.allCases, [1, 7])
  func everyone(rearming: Rearming, capacity: Int) throws(IOError) {
    var loop = try Loop(capacity: capacity)
    var crowd = try Crowd(100, rearming, with: loop.registry)
    var turns = Turns(100)
    let cycle = (100 + capacity - 1) / capacity
    for _ in 0..<6 * cycle {
      let batch = try loop.wait(.zero)
      #expect(batch.count == capacity)
      turns.note(batch)
      for event in batch { try crowd.rearm(event.token) }
    }
    #expect(turns.longestWait <= cycle + 1)
  }

  @Test("EVT-04 So it has beside a waker that is woken before each poll, which has its own", arguments: [1, 7])
  func besideAWaker(capacity: Int) throws(IOError) {
    var loop = try Loop(capacity: capacity)
    var crowd = try Crowd(100, .reregistering, with: loop.registry)
    let waker = try loop.registry.makeWaker(token: 100)
    var turns = Turns(101)
    let cycle = (101 + capacity - 1) / capacity
    for _ in 0..<6 * cycle {
      try waker.wake()
      let batch = try loop.wait(.zero)
      #expect(batch.count == capacity)
      #expect(Set(batch.map(\.token)).count == capacity)
      turns.note(batch)
      for event in batch where event.token != 100 { try crowd.rearm(event.token) }
    }
    #expect(turns.longestWait <= cycle + 1)
  }

  @Test("EVT-04 So it has while others are registered and deregistered between the polls", arguments: [1, 7])
  func amongMoves(capacity: Int) throws(IOError) {
    var loop = try Loop(capacity: capacity)
    var crowd = try Crowd(100, .reregistering, with: loop.registry)
    var turns = Turns(100)
    let cycle = (100 + capacity - 1) / capacity
    for poll in 0..<6 * cycle {
      let batch = try loop.wait(.zero)
      #expect(batch.count == capacity)
      turns.note(batch)
      for event in batch { try crowd.rearm(event.token) }
      // Whoever was last takes the place of the one that goes, and may have had its turn there just now. It is not
      // moved again before its turn, so that it waits for one cycle more at most.
      try crowd.move(poll * 37 % 100)
    }
    #expect(turns.longestWait <= 2 * cycle + 1)
  }

  @Test(
    "WAKE-04 Of more wakers than fit each is told once, and has its turn in time when all are woken again",
    arguments: [1, 7, 20])
  func wakers(capacity: Int) throws(IOError) {
    var loop = try Loop(capacity: capacity)
    let wakers = try (0..<20).map { index throws(IOError) in try loop.registry.makeWaker(token: Token(UInt(index))) }
    let cycle = (20 + capacity - 1) / capacity
    for waker in wakers { try waker.wake() }
    let once = try loop.gather(polls: cycle, timeout: .zero).map(\.token)
    #expect(once.sorted() == (0..<20).map { Token(UInt($0)) })
    try loop.expectIdle()
    var turns = Turns(20)
    for _ in 0..<6 * cycle {
      for waker in wakers { try waker.wake() }
      let batch = try loop.wait(.zero)
      #expect(batch.count == capacity)
      turns.note(batch)
    }
    #expect(turns.longestWait <= cycle + 1)
    withExtendedLifetime(wakers) {}
  }

  @Test("EVT-04 What found no room is delivered by the polls after it, once each", arguments: [1, 2, 7, 64])
  func once(capacity: Int) throws(IOError) {
    var loop = try Loop(capacity: capacity)
    var ends = try Connected()
    let crowd = try Crowd(50, .reregistering, with: loop.registry)
    let wakers = try (50..<60).map { index throws(IOError) in try loop.registry.makeWaker(token: Token(UInt(index))) }
    for waker in wakers { try waker.wake() }
    // One that is not ready has no part in it.
    try loop.registry.register(&ends.server, token: 60, interests: .readable)
    var tokens: [Token] = []
    for _ in 0..<(60 + capacity - 1) / capacity {
      let batch = try loop.wait(.zero)
      #expect(!batch.isEmpty && batch.count <= capacity)
      tokens += batch.map(\.token)
    }
    #expect(tokens.sorted() == (0..<60).map { Token(UInt($0)) })
    try loop.expectIdle()
    _ = consume crowd
    withExtendedLifetime(wakers) {}
  }
}
