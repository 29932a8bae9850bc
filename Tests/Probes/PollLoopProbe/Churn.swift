import ExampleSupport
import MetalCore
import MetalPoll

/// Pipes on one poll, of which one at a time changes its registration.
struct Churn: ~Copyable {
  let poll: Poll
  var readers = Slab<PipeReader>()
  var tokens: [Token] = []
  var round = 0

  /// Makes a poll and registers pipes with it, whose writing ends are closed: one descriptor each.
  init(registered: Int) throws(IOError) {
    let poll = try Poll()
    var readers = Slab<PipeReader>()
    var tokens: [Token] = []
    for _ in 0..<registered {
      var reader = try PipeEnds().reader
      tokens.append(readers.nextToken)
      try poll.registry.register(&reader, token: readers.nextToken, interests: .readable)
      readers.insert(reader)
    }
    self.poll = poll
    self.readers = readers
    self.tokens = tokens
  }

  /// Deregisters one of them, registers it and registers it anew; each round is another's, all over the table.
  mutating func runRound() throws(IOError) {
    let token = tokens[round * 37 % tokens.count]
    let registry = poll.registry
    round += 1
    try readers.update(token) { reader throws(IOError) in
      try registry.deregister(&reader)
      try registry.register(&reader, token: token, interests: .readable)
      try registry.reregister(&reader, token: token, interests: .readable)
    }
  }
}
