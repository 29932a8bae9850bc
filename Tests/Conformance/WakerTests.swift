import MetalCore
import Synchronization
import Testing

@Suite("WAKE: wakers", .backend)
struct WakerTests {
  @Test("WAKE-01 A wake is an event of the waker's token that is readable and nothing else")
  func flags() throws(IOError) {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 10)
    try waker.wake()
    let batch = try loop.wait(.milliseconds(100))
    #expect(!batch.isEmpty)
    for event in batch {
      #expect(event.token == 10)
      #expect(Flags(event) == .readable)
    }
  }

  @Test("WAKE-01 A waker that nobody wakes is quiet")
  func unused() throws(IOError) {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 10)
    try loop.expectQuiet()
    try waker.wake()
    #expect(try loop.wait().map(\.token) == [10])
  }

  @Test("WAKE-02 A wake from another thread ends a blocked poll, once")
  func endsBlockedPoll() throws(IOError) {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 10)
    try expectTakes(.milliseconds(50)) { () throws(IOError) in
      try meanwhile(after: .milliseconds(50)) {
        recordingErrors { () throws(IOError) in try waker.wake() }
      } _: { () throws(IOError) in
        let batch = try loop.wait(.seconds(10))
        #expect(batch.map(\.token) == [10])
      }
    }
    try loop.expectQuiet()
  }

  @Test("WAKE-03 Each of two threads' wakes is an event, when the second follows the first's delivery")
  func twoThreads() throws(IOError) {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 10)
    try meanwhile {
      recordingErrors { () throws(IOError) in try waker.wake() }
    } _: { () throws(IOError) in
      let first = try loop.wait(.seconds(10))
      #expect(first.map(\.token) == [10])
      try meanwhile {
        recordingErrors { () throws(IOError) in try waker.wake() }
      } _: { () throws(IOError) in
        let second = try loop.wait(.seconds(10))
        #expect(second.map(\.token) == [10])
      }
    }
    try loop.expectQuiet()
  }

  @Test("WAKE-05 A waker is shared between threads, and what each wrote before its wake is seen")
  func sharedByThreads() throws(IOError) {
    requireSendable(Waker.self)
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 10)
    let tally = Tally()
    let action: @Sendable () -> Void = {
      recordingErrors { () throws(IOError) in
        tally.count.add(1, ordering: .relaxed)
        try waker.wake()
      }
    }
    try meanwhile(after: .milliseconds(1), action) { () throws(IOError) in
      try meanwhile(after: .milliseconds(1), action) { () throws(IOError) in
        try meanwhile(after: .milliseconds(2), action) { () throws(IOError) in
          while tally.count.load(ordering: .relaxed) < 3 {
            let batch = try loop.wait(.seconds(10))
            guard batch.map(\.token) == [10] else {
              Issue.record("a wake was lost: \(batch)")
              return
            }
          }
        }
      }
    }
    // A wake that found the count complete already may be left over; it is one event at most.
    let rest = try loop.gatherUntilQuiet()
    #expect(rest.count <= 3)
    #expect(rest.allSatisfy { $0.token == 10 } as Bool)
  }

  @Test("WAKE-05 A waker made by another thread during a wait can end it")
  func madeDuringWait() throws(IOError) {
    var loop = try Loop()
    let registry = loop.registry
    let handoff = Handoff<Waker>()
    try meanwhile(after: .milliseconds(20)) {
      recordingErrors { () throws(IOError) in
        let waker = try registry.makeWaker(token: 11)
        try waker.wake()
        // Kept, since dropping the waker would end its registration.
        handoff.put(waker)
      }
    } _: { () throws(IOError) in
      let batch = try loop.wait(.seconds(10))
      #expect(batch.map(\.token) == [11])
    }
    #expect(handoff.take() != nil)
  }

  @Test("WAKE-06 A wake and a ready socket are both reported within two polls", arguments: [1, 2, 64])
  func wakeAndSocket(capacity: Int) throws(IOError) {
    var loop = try Loop(capacity: capacity)
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 1, interests: .readable)
    let waker = try loop.registry.makeWaker(token: 10)
    for _ in 0..<3 {
      try connected.client.writeFully([1])
      try pause(.milliseconds(1))
      try waker.wake()
      let tokens = try loop.gather(polls: 2) { $0.count == 2 }.map(\.token)
      #expect(tokens.sorted() == [1, 10])
      try connected.server.drain()
    }
  }

  @Test("WAKE-08 A wake never blocks, and any number of outstanding wakes is one event", arguments: [1, 100_000])
  func manyWakes(count: Int) throws(IOError) {
    var loop = try Loop()
    let first = try loop.registry.makeWaker(token: 10)
    let second = try loop.registry.makeWaker(token: 11)
    for _ in 0..<2 {
      for _ in 0..<count {
        try first.wake()
        try second.wake()
      }
      let tokens = try loop.gatherUntilQuiet().map(\.token)
      #expect(tokens.sorted() == [10, 11])
    }
  }

  @Test("WAKE-09 A waker in a local or beside a source keeps its wake, though it is not used again")
  func waker() throws(IOError) {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 5)
    try waker.wake()
    #expect(try loop.wait().map(\.token) == [5])

    var kept: WakerOwner? = nil
    var seen: [Token] = []
    for turn in 0..<3 {
      if turn == 1 {
        let waker = try loop.registry.makeWaker(token: 6)
        try waker.wake()
        kept = .some(WakerOwner(waker: waker, socket: try UDPSocket(bindingTo: anyPort)))
      }
      seen += try loop.wait(.milliseconds(30)).map(\.token)
    }
    _ = kept == nil
    #expect(seen == [6])
  }
}

/// A number that several threads count up.
private final class Tally: Sendable {
  let count = Atomic<Int>(0)
}

private struct WakerOwner: ~Copyable {
  let waker: Waker
  var socket: UDPSocket
}
