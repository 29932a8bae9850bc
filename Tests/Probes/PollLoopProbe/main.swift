// poll-loop-probe [--registered N] [--active A] [--rounds R]: the loop of c-poll-loop, on the library.
//
// N pipes are registered, of which A, spread over the table, carry a byte in each of R rounds: it is written, waited
// for, and read.

import ExampleSupport
import MetalCore
import MetalPoll
import ProbeSupport

typealias Poll = MetalCore.Poll<PollSelector>
typealias Events = MetalCore.Events<PollSelector>
typealias Pipe = MetalCore.Pipe<PollSelector>
typealias PipeReader = MetalCore.PipeReader<PollSelector>
typealias PipeWriter = MetalCore.PipeWriter<PollSelector>

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

  mutating func register(_ registered: Int, active: Int) throws(IOError) {
    for index in 0..<registered {
      let pipe = try Pipe()
      var reader = pipe.reader
      try poll.registry.register(&reader, token: readers.nextToken, interests: .readable)
      readers.insert(reader)
      let token = idleWriters.insert(pipe.writer)
      // The last of each share of the table is active.
      if index == (writers.count + 1) * registered / active - 1 { writers.append(token) }
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
      try poll.poll(&events)
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
  raiseDescriptorLimit()
  let rounds = argument("--rounds", default: 1000)
  let active = argument("--active", default: 10)
  var loop = try PollLoop(capacity: max(active, 1))
  try loop.register(argument("--registered", default: 1000), active: active)
  for _ in 0..<rounds { try loop.runRound() }
  announce("\(rounds) rounds")
} catch {
  fail("poll-loop-probe: \(error)")
}
