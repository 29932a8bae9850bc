import CSystem
import MetalCore
import MetalSystem
import Synchronization
import Testing

@Suite("WAKE: stress", .backend)
struct WakerStressTests {
  @Test(
    "WAKE-07 Threads that wake own and shared wakers in bursts lose no wake, beside busy sockets",
    arguments: [1, 2, 64])
  func bursts(capacity: Int) throws(IOError) {
    var loop = try Loop(capacity: capacity)
    var sockets = try BusySockets(registry: loop.registry)
    let ledger = try BurstLedger(registry: loop.registry)
    try runThreads(BurstLedger.threadCount, { ledger.run(thread: $0) }) { () throws(IOError) in
      defer { ledger.giveUp() }
      while !ledger.isFinished {
        let batch = try loop.wait(.seconds(10))
        guard !batch.isEmpty else {
          Issue.record("a wake was lost: \(ledger.unacknowledged)")
          return
        }
        for event in batch {
          if event.token == .client || event.token == .server {
            try sockets.handle(event)
          } else {
            ledger.acknowledge(waker: Int(event.token.rawValue))
            // A few volleys only: traffic that never ended would hide a poll that should have been woken.
            try sockets.serve(volleys: 2)
          }
        }
      }
    }
  }

  @Test("WAKE-04 Wakers that are made, woken and dropped while others work lose no wake")
  func turnover() throws(IOError) {
    var loop = try Loop(capacity: 4)
    let registry = loop.registry
    let ledger = try BurstLedger(registry: registry)
    let makers = 2
    try runThreads(BurstLedger.threadCount + makers) { thread in
      guard thread >= BurstLedger.threadCount else { return ledger.run(thread: thread) }
      recordingErrors { () throws(IOError) in
        // Each goes with a wake pending, so that whoever takes its place next finds what it left behind.
        while !ledger.isOver {
          let waker = try registry.makeWaker(token: .shortLived)
          try waker.wake()
        }
      }
    } _: { () throws(IOError) in
      defer { ledger.giveUp() }
      var progress = Progress()
      while !ledger.isFinished {
        // The makers' events keep the poll going, so a lost wake shows as time without progress.
        let batch = try loop.wait(.seconds(10))
        for event in batch where event.token != .shortLived {
          ledger.acknowledge(waker: Int(event.token.rawValue))
        }
        guard progress.continues(ledger.seenCount) else {
          Issue.record("a wake was lost: \(ledger.unacknowledged)")
          return
        }
      }
    }
  }
}

/// What threads have counted up before their wakes, and what the poller has seen of it at each waker's event.
///
/// A thread wakes in bursts of different lengths and then waits until the poller has seen its last count, which it
/// only reads when that very waker's event has come: a wake that is lost leaves the thread waiting, and the poll too.
private final class BurstLedger: Sendable {
  static let threadCount = 3
  static let sharedCount = 2
  private static let burstCount = 1_200
  /// A waker for each thread, two that all share, and one that says that a thread has finished.
  private static let wakerCount = threadCount + sharedCount + 1

  private let wakers: [Waker]
  private let counted: [Counter]
  private let seen: [Counter]
  private let finished = Counter()
  private let over = Atomic<Bool>(false)

  init(registry: Registry) throws(IOError) {
    var wakers: [Waker] = []
    for index in 0..<Self.wakerCount {
      wakers.append(try registry.makeWaker(token: Token(rawValue: UInt(index))))
    }
    self.wakers = wakers
    counted = (0..<Self.wakerCount * Self.threadCount).map { _ in Counter() }
    seen = counted.map { _ in Counter() }
  }
}

extension BurstLedger {
  /// Wakes in bursts until all are done or the test has given up.
  func run(thread: Int) {
    var random = LinearGenerator(state: UInt64(thread))
    recordingErrors { () throws(IOError) in
      for _ in 0..<Self.burstCount {
        let choice = Int(random.next() % UInt64(Self.sharedCount + 1))
        let waker = choice == 0 ? thread : Self.threadCount + choice - 1
        let place = thread * Self.wakerCount + waker
        let length = random.next() % 8 == 0 ? Int(random.next() % 40) : 1 + Int(random.next() % 3)
        for _ in 0..<length {
          counted[place].increment()
          try wakers[waker].wake()
        }
        while seen[place].value != counted[place].value {
          if isOver { return }
          system_yield()
        }
      }
      finished.increment()
      try wakers[Self.wakerCount - 1].wake()
    }
  }

  /// Sees what all threads had counted, at the event of a waker.
  func acknowledge(waker: Int) {
    for thread in 0..<Self.threadCount {
      let place = thread * Self.wakerCount + waker
      seen[place].value = counted[place].value
    }
  }

  var isFinished: Bool { finished.value == Self.threadCount }
  var isOver: Bool { over.load(ordering: .relaxed) }

  /// Lets the threads end.
  func giveUp() { over.store(true, ordering: .relaxed) }

  /// How much the poller has seen.
  var seenCount: Int { seen.reduce(finished.value) { $0 + $1.value } }

  /// What was counted and not seen, by thread and waker.
  var unacknowledged: [String] {
    counted.indices.filter { counted[$0].value != seen[$0].value }.map {
      "thread \($0 / Self.wakerCount), waker \($0 % Self.wakerCount): " + "\(seen[$0].value) of \(counted[$0].value)"
    }
  }
}

/// A number that grows, and the moment when it was seen to grow last.
private struct Progress {
  private var number = 0
  private var moment = now()

  /// Whether the number has grown within the last ten seconds.
  mutating func continues(_ number: Int) -> Bool {
    if self.number != number { (self.number, moment) = (number, now()) }
    return now() - moment < .seconds(10)
  }
}

/// A generator of reproducible numbers.
private struct LinearGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 33
  }
}

/// A number that one thread writes at a time, and others read.
private final class Counter: Sendable {
  private let number = Atomic<Int>(0)

  var value: Int {
    get { number.load(ordering: .relaxed) }
    set { number.store(newValue, ordering: .relaxed) }
  }

  func increment() { number.add(1, ordering: .relaxed) }
}

/// A connection over which bytes go to and fro, a limited number of times.
private struct BusySockets: ~Copyable {
  private var ends: Connected
  private var volleys: Int

  init(registry: Registry) throws(IOError) {
    var ends = try Connected()
    try registry.register(&ends.client, token: .client, interests: .readable)
    try registry.register(&ends.server, token: .server, interests: .readable)
    self.ends = ends
    volleys = 0
  }

  /// Allows some more volleys, and begins them in both directions.
  mutating func serve(volleys: Int) throws(IOError) {
    self.volleys = volleys
    try hit(ends.client)
    try hit(ends.server)
  }

  /// Takes what has arrived, and sends a byte back while volleys are left.
  mutating func handle(_ event: Event) throws(IOError) {
    let moved = event.token == .client ? try ends.client.drain() : try ends.server.drain()
    guard moved > 0, volleys > 0 else { return }
    volleys -= 1
    if event.token == .client { try hit(ends.client) } else { try hit(ends.server) }
  }

  private func hit(_ end: borrowing TCPStream) throws(IOError) {
    let ball: [UInt8] = [1]
    _ = try end.write(ball.span)
  }
}

extension Token {
  fileprivate static let client: Token = 1000
  fileprivate static let server: Token = 1001
  fileprivate static let shortLived: Token = 1002
}
