import MetalCore

/// Several connections, both ends of each under consecutive tokens from 0.
struct Streams: ~Copyable {
  private var pairs: Slab<Connected>
  private var slots: [Token] = []

  init(pairs count: Int) throws(IOError) {
    pairs = Slab(minimumCapacity: count)
    for _ in 0..<count { slots.append(pairs.insert(try Connected())) }
  }

  /// The number of ends.
  var count: Int { slots.count * 2 }

  /// The tokens of all ends.
  var tokens: Set<Token> { Set((0..<UInt(count)).map { Token($0) }) }

  /// Registers every end for the same interests.
  mutating func register(with registry: Registry, interests: Interests) throws(IOError) {
    var next: UInt = 0
    for slot in slots {
      try pairs.update(slot) { ends throws(IOError) in
        try registry.register(&ends.client, token: Token(next), interests: interests)
        try registry.register(&ends.server, token: Token(next + 1), interests: interests)
      }
      next += 2
    }
  }
}
