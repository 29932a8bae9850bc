import ExampleSupport
import MetalIO
import Synchronization

/// The thread's share of the work that polls: it judges every event by its token.
struct Poller: ~Copyable {
  var poll: Poll
  let shared: Shared
  var random: SplitMix64
  var batches = [Events(capacity: 1), Events(capacity: 64)]

  /// Polls until all workers have finished.
  mutating func run() throws(IOError) {
    let timeouts: [Duration?] = [.zero, .microseconds(50), nil, nil]
    while shared.working.load(ordering: .relaxed) > 0 {
      try pollOnce(timeouts.randomElement(using: &random)!, batch: [0, 1, 1, 1].randomElement(using: &random)!)
    }
  }

  /// Polls, ends the program if an event must not be reported, and returns the events whose registrations stand.
  @discardableResult
  private mutating func pollOnce(_ timeout: Duration?, batch: Int = 1) throws(IOError) -> [Event] {
    End.polls.add(1, ordering: .sequentiallyConsistent)
    try poll.wait(into: &batches[batch], timeout: timeout)
    count(.polls)
    return batches[batch].filter { event in
      count(.events)
      let isClosed = event.isReadClosed || event.isWriteClosed
      guard event.isReadable || event.isWritable || event.isError || event.isPriority || isClosed else {
        fail("fuzz-probe: \(event) says nothing")
      }
      let number = event.token.rawValue >> 40
      guard number < shared.ends.count else { fail("fuzz-probe: \(event) has a token of no end") }
      return shared.ends[Int(number)].confirms(event)
    }
  }

  /// Checks, when the workers have finished, that no readiness is lost.
  mutating func checkReadiness() throws(IOError) {
    try collect(.zero)
    for end in shared.ends { end.arm(.readable) }
    let reported = try collect(.milliseconds(20))
    // A listener is its couple's right end, so it is drained after its peer. That ends the connection.
    for end in shared.ends where try end.drain() {
      guard reported.contains(end.token) else { fail("fuzz-probe: \(end.token) had something to read") }
      count(.waiting)
    }
    try collect(.zero)
    // Anybody may connect to a listener. Its peer is not connected any more.
    try expectReports(.sent) { peer, end throws(IOError) in
      try peer.isListener ? false : (end.isListener ? end : peer).write(1)
    }
    for end in shared.ends { end.arm([.readable, .priority]) }
    // The second urgent byte is reported without another registration.
    for _ in 0..<2 {
      try collect(.zero)
      for end in shared.ends { _ = try end.drain() }
      try expectReports(.urged, where: \.isPriority) { peer, end throws(IOError) in
        try end.isListener ? false : peer.source?.sendUrgent() ?? false
      }
    }
  }

  /// Polls until nothing is reported for a time, and returns the tokens that were.
  @discardableResult
  private mutating func collect(_ timeout: Duration) throws(IOError) -> Set<Token> {
    var tokens: Set<Token> = []
    while case let events = try pollOnce(timeout), !events.isEmpty { tokens.formUnion(events.map(\.token)) }
    return tokens
  }

  /// Sends something to every open end from its peer, and polls until every end that was sent something is reported.
  private mutating func expectReports(
    _ counter: Count, where isReport: (Event) -> Bool = { _ in true }, _ send: (End, End) throws(IOError) -> Bool
  ) throws(IOError) {
    var missing: Set<Token> = []
    for (number, end) in shared.ends.enumerated() where end.isOpen {
      guard try send(shared.ends[number ^ 1], end) else { continue }
      missing.insert(end.token)
      count(counter)
    }
    while !missing.isEmpty {
      let events = try pollOnce(.seconds(5))
      guard !events.isEmpty else { fail("fuzz-probe: readiness was lost: \(missing)") }
      missing.subtract(events.filter(isReport).map(\.token))
    }
  }
}
