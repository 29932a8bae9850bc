import Glibc
import Harness
import MetalCore
import Synchronization

/// Two threads that tell each other something in turn: by wakes, or by messages over a connection.
func runWake(_ options: Options) throws(IOError) {
  let near = try Poll()
  let far = try Poll()
  switch options.over {
  case "waker":
    let waker = try near.registry.makeWaker(token: 0)
    let other = try far.registry.makeWaker(token: 0)
    try takeTurns(End(poll: near, medium: other), End(poll: far, medium: waker), options)
  case "unix":
    var pair = try UnixStream.pair()
    try near.registry.register(&pair.first, token: 0, interests: .readable)
    try far.registry.register(&pair.second, token: 0, interests: .readable)
    try takeTurns(End(poll: near, medium: pair.first), End(poll: far, medium: pair.second), options)
  default: fail("threads do not wake each other over \(options.over)")
  }
}

/// A way for a thread to tell another that it may go on.
private protocol Medium: ~Copyable, Sendable {
  borrowing func tell() throws(IOError)

  /// Returns whether the other thread has told something; called after an event.
  borrowing func hasHeard() throws(IOError) -> Bool
}

extension Waker: Medium where S == BenchmarkSelector {
  func tell() throws(IOError) { try wake() }

  func hasHeard() throws(IOError) -> Bool { true }
}

extension StreamSocket: Medium where S == BenchmarkSelector {
  func tell() throws(IOError) {
    let message = InlineArray<64, UInt8>(repeating: 1)
    require(try write(message.span) == 64)
  }

  /// A whole message comes or none, since the next one comes only after the answer.
  func hasHeard() throws(IOError) -> Bool {
    var buffer = InlineArray<64, UInt8>(repeating: 0)
    guard let count = try read(into: buffer.mutableSpan) else { return false }
    require(count == 64)
    return true
  }
}

/// One thread's poll, and its way to tell the other thread.
private struct End<Link: Medium & ~Copyable>: ~Copyable, Sendable {
  var poll: Poll
  var events = Events(capacity: 4)
  let medium: Link

  mutating func hear(_ spinning: Duration) throws(IOError) {
    repeat {
      repeat { try poll.wait(into: &events, spinning: spinning) } while events.isEmpty
    } while try !medium.hasHeard()
  }
}

private func takeTurns<Link: Medium & ~Copyable>(
  _ near: consuming End<Link>, _ far: consuming End<Link>, _ options: Options
) throws(IOError) {
  let spinning = Duration.microseconds(options.spin)
  let ends = Mutex<End<Link>?>(far)
  startThread {
    var far = awaitValue(in: ends)
    for _ in 0..<options.rounds {
      try far.hear(spinning)
      try far.medium.tell()
    }
  }
  try options.measureRounds { _ throws(IOError) in
    try near.medium.tell()
    try near.hear(spinning)
  }
}

/// Threads that wake another one, which never sleeps, as often as they can.
func runWakeStorm(_ options: Options) throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 4)
  let waker = try poll.registry.makeWaker(token: 0)
  let working = Atomic(options.threads)
  begin_measuring()
  for _ in 0..<options.threads {
    startThread {
      for _ in 0..<options.rounds { try waker.wake() }
      working.subtract(1, ordering: .releasing)
    }
  }
  // One event may stand for many wakes.
  var heard = 0
  var goesOn = true
  while goesOn {
    goesOn = working.load(ordering: .acquiring) > 0
    try poll.wait(into: &events, timeout: .zero)
    heard += events.count
  }
  guard heard > 0 else { fail("no wake was heard") }
  end_measuring(UInt64(options.rounds * options.threads))
}

/// Takes the value that another thread puts there, as soon as there is one.
func awaitValue<Value: ~Copyable & Sendable>(in place: borrowing Mutex<Value?>) -> Value {
  while true {
    if let value = place.withLock({ $0.take() }) { return value }
    sched_yield()
  }
}

/// One of many wakers wakes, and a poll finds it.
func runWakers(_ options: Options) throws(IOError) {
  var poll = try Poll()
  var events = Events(capacity: 16)
  let wakers = try (0..<UInt(options.registrations)).map { token throws(IOError) in
    try poll.registry.makeWaker(token: Token(rawValue: token))
  }
  try options.measureRounds { round throws(IOError) in
    let chosen = round % wakers.count
    try wakers[chosen].wake()
    try poll.wait(into: &events, timeout: .zero)
    guard events.popFirst()?.token.rawValue == UInt(chosen) else { fail("a wake was lost") }
  }
}

/// Wakes while a wake is pending.
func runPendingWakes(_ options: Options) throws(IOError) {
  let poll = try Poll()
  let waker = try poll.registry.makeWaker(token: 0)
  try waker.wake()
  for _ in 1..<options.threads {
    startThread { for _ in 0..<options.rounds { try waker.wake() } }
  }
  try options.measureRounds { _ throws(IOError) in try waker.wake() }
  withExtendedLifetime(poll) {}
}
