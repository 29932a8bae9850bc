import ExampleSupport
import MetalIO

/// The one that polls, and judges every event by its token.
struct Poller: ~Copyable {
  var poll: Poll
  let shared: Shared
  var random: SplitMix64
  var small = Events(capacity: 1)
  var large = Events(capacity: 64)
  /// The tokens that were valid in the last poll.
  var reported: [Token] = []
  /// Those of them whose event said that something is urgent.
  var urgent: [Token] = []

  init(_ poll: consuming Poll, _ shared: Shared, seed: UInt64) {
    self.poll = poll
    self.shared = shared
    random = SplitMix64(seed: ~seed)
  }

  /// Polls until all workers have finished.
  mutating func run() throws(IOError) {
    while shared.wakes.finished < Shared.workers {
      let timeout: Duration? =
        switch random.below(4) {
        case 0: .zero
        case 1: .microseconds(50)
        default: nil
        }
      try pollOnce(timeout, capacity: random.below(4) == 0 ? 1 : 64)
    }
  }

  /// Polls, and ends the program if a token is reported that must not be.
  mutating func pollOnce(_ timeout: Duration?, capacity: Int = 64) throws(IOError) {
    let number = shared.ledger.beginPoll()
    if capacity == 1 {
      try poll.wait(into: &small, timeout: timeout)
    } else {
      try poll.wait(into: &large, timeout: timeout)
    }
    count(shared.counts.polls)
    reported.removeAll(keepingCapacity: true)
    urgent.removeAll(keepingCapacity: true)
    for event in capacity == 1 ? small : large {
      count(shared.counts.events)
      if shared.wakes.acknowledge(event.token) { continue }
      switch shared.ledger.judge(event.token, poll: number) {
      case .valid:
        reported.append(event.token)
        if event.isPriority { urgent.append(event.token) }
        shared.ledger.noteReport(of: event.token)
      case .raced: count(shared.counts.raced)
      case .forgotten: count(shared.counts.forgotten)
      case .invented: fail("fuzz-probe: \(event) has a token that was never given out")
      case .stale: fail("fuzz-probe: \(event) is of a registration that had ended when the poll began")
      }
      guard event.saysSomething else { fail("fuzz-probe: \(event) says nothing") }
    }
  }
}

extension ReadinessEvent {
  fileprivate var saysSomething: Bool {
    isReadable || isWritable || isError || isReadClosed || isWriteClosed || isPriority
  }
}
