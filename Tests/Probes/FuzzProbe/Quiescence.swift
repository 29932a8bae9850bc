import ExampleSupport
import MetalIO

/// What is checked when the workers have finished: that of what they left, no readiness is lost.
struct Quiescence: ~Copyable {
  var poller: Poller
  var couples: Slab<Couple>
  /// The ends that were found to have something, and those that were sent something.
  var waiting = 0
  var sent = 0
  /// How often an urgent byte was sent.
  var urged = 0

  init(_ poller: consuming Poller, _ couples: consuming Slab<Couple>) {
    self.poller = poller
    self.couples = couples
  }

  mutating func run() throws(IOError) {
    try collect(.zero)
    try checkWaiting()
    try checkSent()
    try checkUrgent()
  }

  /// Reregisters all ends.
  ///
  /// Each that has bytes waiting, or the end of its stream, must be reported.
  private mutating func checkWaiting() throws(IOError) {
    let shared = poller.shared
    try couples.updateEach { _, couple throws(IOError) in
      Self.rearm(&couple.left, .readable, shared)
      Self.rearm(&couple.right, .readable, shared)
    }
    let reported = try collect(.milliseconds(20))
    let ledger = poller.shared.ledger
    try couples.updateEach { _, couple throws(IOError) in
      if try Self.drain(&couple.left, reported, ledger) { waiting += 1 }
      if try Self.drain(&couple.right, reported, ledger) { waiting += 1 }
    }
  }

  /// Sends something to every end that was just drained.
  ///
  /// Each must be reported, without being reregistered.
  private mutating func checkSent() throws(IOError) {
    let ledger = poller.shared.ledger
    var expected: Set<Token> = []
    try collect(.zero)
    try couples.updateEach { _, couple throws(IOError) in
      if try Self.send(from: &couple.left, to: couple.right) {
        expected.insert(ledger.token(at: couple.right.place))
      }
      if try Self.send(from: &couple.right, to: couple.left) {
        expected.insert(ledger.token(at: couple.left.place))
      }
    }
    sent = expected.count
    try awaitReports(of: expected, areUrgent: false)
  }

  /// Sends an urgent byte to every right end that can have one, and once more when all is read.
  ///
  /// Each must be reported both times, without being reregistered in between.
  private mutating func checkUrgent() throws(IOError) {
    let shared = poller.shared
    try couples.updateEach { _, couple throws(IOError) in
      Self.rearm(&couple.left, [.readable, .priority], shared)
      Self.rearm(&couple.right, [.readable, .priority], shared)
    }
    for _ in 0..<2 {
      try collect(.zero)
      var expected: Set<Token> = []
      try couples.updateEach { _, couple throws(IOError) in
        _ = try Self.empty(&couple.left)
        _ = try Self.empty(&couple.right)
        if couple.right.source.isOpen, try couple.left.source.sendUrgent() {
          expected.insert(shared.ledger.token(at: couple.right.place))
        }
      }
      urged += expected.count
      try awaitReports(of: expected, areUrgent: true)
    }
  }

  /// Polls until all of the tokens were reported.
  private mutating func awaitReports(of tokens: Set<Token>, areUrgent: Bool) throws(IOError) {
    var missing = tokens
    while !missing.isEmpty {
      try poller.pollOnce(.seconds(5))
      guard !poller.reported.isEmpty else { fail("fuzz-probe: readiness was lost: \(missing)") }
      missing.subtract(areUrgent ? poller.urgent : poller.reported)
    }
  }

  private static func rearm(_ end: inout End, _ interests: Interests, _ shared: Shared) {
    if end.isRegistered {
      end.reregister(interests, shared)
    } else {
      end.register(interests, shared)
    }
  }

  private static func send(from source: inout End, to target: borrowing End) throws(IOError) -> Bool {
    let message: [UInt8] = [1]
    // To a listener anybody may connect.
    if target.source.isListener { return try target.source.write(message.span) != nil }
    guard target.source.isReadable, source.source.isWritable else { return false }
    return try source.write(message.span)
  }

  /// Reads until nothing is left; if there was something, the end must be among those reported.
  private static func drain(_ end: inout End, _ reported: Set<Token>, _ ledger: Ledger) throws(IOError) -> Bool {
    guard try empty(&end) else { return false }
    guard reported.contains(ledger.token(at: end.place)) else {
      fail("fuzz-probe: something waited at place \(end.place), and was not reported")
    }
    return true
  }

  /// Reads until nothing is left, and returns whether there was something, if only the end of the stream.
  private static func empty(_ end: inout End) throws(IOError) -> Bool {
    guard end.source.isReadable else { return false }
    var buffer = InlineArray<512, UInt8>(repeating: 0)
    var found = false
    while let count = try end.read(into: &buffer) {
      found = true
      if count == 0 { break }
    }
    return found
  }

  /// Polls until nothing is reported for a time, and returns the tokens that were.
  @discardableResult
  private mutating func collect(_ timeout: Duration) throws(IOError) -> Set<Token> {
    var tokens: Set<Token> = []
    repeat {
      try poller.pollOnce(timeout)
      tokens.formUnion(poller.reported)
    } while !poller.reported.isEmpty
    return tokens
  }
}
