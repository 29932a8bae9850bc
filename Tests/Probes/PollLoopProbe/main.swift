// poll-loop-probe [--registered N] [--active A] [--rounds R] [--front]: the loop of c-poll-loop, on the library.
//
// N pipes are registered, of which A, spread over the table, or with --front the first, carry a byte in each of R rounds:
// it is written, waited for, and read.
//
// poll-loop-probe --churn [--registered N] [--rounds R]: in each round one of N pipes is deregistered, registered and
// reregistered. If the limit on descriptors does not allow for N, there are fewer.

import ExampleSupport
import MetalCore
import MetalPoll
import ProbeSupport

typealias Poll = PosixPollSelector.Poll
typealias Events = PosixPollSelector.Events
typealias PipeEnds = PosixPollSelector.PipeEnds
typealias PipeReader = PosixPollSelector.PipeReader
typealias PipeWriter = PosixPollSelector.PipeWriter

/// Pipes on one poll, some of which are written to in each round.
struct PollLoop: ~Copyable {
  var poll: Poll
  var events: Events
  var readers = Slab<PipeReader>()
  var writers: [Token] = []
  var idleWriters = Slab<PipeWriter>()
  var buffer = InlineArray<64, UInt8>(repeating: 0)

  init(capacity: Int) throws(IOError) {
    poll = try Poll()
    events = Events(capacity: capacity)
  }

  /// Registers pipes, of which some are active: the first ones, or the last of each share of the table.
  mutating func register(_ registered: Int, active: Int, inFront: Bool) throws(IOError) {
    for index in 0..<registered {
      let pipe = try PipeEnds()
      var reader = pipe.reader
      try poll.registry.register(&reader, token: readers.nextToken, interests: .readable)
      readers.insert(reader)
      let token = idleWriters.insert(pipe.writer)
      let next = inFront ? writers.count : (writers.count + 1) * registered / active - 1
      if index == next, writers.count < active { writers.append(token) }
    }
  }

  mutating func runRound() throws(IOError) {
    let byte: InlineArray<1, UInt8> = [7]
    for token in writers {
      let written = try idleWriters.update(token) { (writer) throws(IOError) in try writer.write(byte.span) }
      guard written == 1 else { fail("poll-loop-probe: a pipe is full") }
    }
    var heard = 0
    while heard < writers.count {
      try poll.wait(into: &events)
      for event in events {
        let count = try readers.update(event.token) { (reader) throws(IOError) in
          try reader.read(into: buffer.mutableSpan)
        }
        guard count == 1 else { fail("poll-loop-probe: a byte was lost") }
        heard += 1
      }
    }
  }
}

do throws(IOError) {
  // Some are left for the poll, and what the runtime or a tool has open.
  let limit = raiseDescriptorLimit() - 64
  let rounds = argument("--rounds", default: 1000)
  let registered = argument("--registered", default: 1000)
  if CommandLine.arguments.contains("--churn") {
    var churn = try Churn(registered: min(registered, limit))
    for _ in 0..<rounds { try churn.runRound() }
  } else {
    let active = argument("--active", default: 10)
    var loop = try PollLoop(capacity: max(active, 1))
    try loop.register(registered, active: active, inFront: CommandLine.arguments.contains("--front"))
    for _ in 0..<rounds { try loop.runRound() }
  }
  announce("\(rounds) rounds")
} catch {
  fail("poll-loop-probe: \(error)")
}
