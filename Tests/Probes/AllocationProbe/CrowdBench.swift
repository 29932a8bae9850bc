import MetalIO

/// More sources than a selector's table has room for at first, and the poll that they enter and leave together.
struct CrowdBench: ~Copyable {
  static let size = 100

  var poll: Poll
  var events: Events
  var crowd: Slab<UnixDatagramSocket>

  init() throws(IOError) {
    let poll = try Poll()
    var crowd = Slab<UnixDatagramSocket>(minimumCapacity: Self.size)
    for _ in 0..<Self.size / 2 {
      let pair = try UnixDatagramSocket.pair()
      crowd.insert(pair.first)
      crowd.insert(pair.second)
    }

    self.poll = poll
    self.events = Events(capacity: Self.size)
    self.crowd = crowd
  }

  /// Registers all of them.
  mutating func enter() throws(IOError) {
    let registry = poll.registry
    try crowd.updateEach { token, source throws(IOError) in
      try registry.register(&source, token: token, interests: .writable)
    }
  }

  /// Polls once, which tells of each.
  mutating func tell() throws(IOError) {
    try poll.wait(into: &events, timeout: .seconds(5))
    require(events.count == Self.size)
  }

  /// Deregisters all of them.
  mutating func leave() throws(IOError) {
    let registry = poll.registry
    try crowd.updateEach { _, source throws(IOError) in try registry.deregister(&source) }
  }
}
