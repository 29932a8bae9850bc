import MetalCore
import Testing

/// Words of every kind: small, large, one bit each, and patterns that a library might have kept for itself.
private let words: [UInt] = {
  var words: [UInt] = [0, 3, .max, .max / 3, .max / 3 * 2, 0xFFFF, 0xFFFF_FFFF]
  for bit in 0..<UInt.bitWidth {
    let word: UInt = 1 << UInt(bit)
    words += [word, ~word]
  }
  return words
}()

@Suite("TOK: tokens", .backend)
struct TokenTests {
  @Test("TOK-01 A token reads back, compares, orders and hashes as the word it wraps")
  func wrapsOneWord() {
    #expect(MemoryLayout<Token>.size == MemoryLayout<UInt>.size)
    for word in words {
      let token = Token(rawValue: word)
      #expect(token.rawValue == word)
      #expect(token == Token(word) && token.hashValue == Token(word).hashValue)
      for other in words {
        #expect((token == Token(other)) == (word == other))
        #expect((token < Token(other)) == (word < other))
        #expect((token > Token(other)) == (word > other))
      }
    }
    #expect(Set(words.map { Token($0) }).count == Set(words).count)
  }

  @Test("TOK-02 The token given at registration is the one in every event of the source")
  func returnsTheToken() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    for word in words {
      let token = Token(word)
      try loop.registry.register(&ends.server, token: token, interests: [.readable, .writable])
      try ends.client.writeFully([1])
      let events = try loop.expect(token, [.readable, .writable])
      try required(!events.isEmpty && events.allSatisfy { $0.token == token }, "word \(word)")
      #expect(try ends.server.readFully(1) == [1])
      try loop.registry.deregister(&ends.server)
    }
  }

  @Test("TOK-02 The token given by a new registration is the one in every event from then on")
  func returnsTheNewToken() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 7, interests: .writable)
    for word in words {
      let token = Token(word)
      try loop.registry.reregister(&ends.server, token: token, interests: .writable)
      let events = try loop.expect(token, .writable)
      try required(!events.isEmpty && events.allSatisfy { $0.token == token }, "word \(word)")
    }
  }

  @Test("TOK-02 A waker's events carry its token, whatever the word")
  func returnsTheWakersToken() throws(IOError) {
    var loop = try Loop()
    for word in words {
      let token = Token(word)
      let waker = try loop.registry.makeWaker(token: token)
      try waker.wake()
      let events = try loop.expect(token, .readable)
      try required(!events.isEmpty && events.allSatisfy { $0.token == token }, "word \(word)")
    }
  }

  @Test("TOK-03 Two sources that share a token are both reported under it, and both are usable")
  func sharesToken() throws(IOError) {
    var loop = try Loop()
    var first = try Connected()
    var second = try Connected()
    try loop.registry.register(&first.server, token: 5, interests: .readable)
    try loop.registry.register(&second.server, token: 5, interests: .readable)
    try loop.expectQuiet()
    try first.client.writeFully([1, 2])
    try second.client.writeFully([3, 4])
    let events = try loop.expect(5, .readable)
    #expect(events.allSatisfy { $0.token == 5 })
    #expect(try first.server.readFully(2) == [1, 2])
    #expect(try second.server.readFully(2) == [3, 4])
    try loop.registry.deregister(&first.server)
    // The registration of one does not depend on the other's.
    try second.client.writeFully([5])
    try loop.expect(5, .readable)
    #expect(try second.server.readFully(1) == [5])
  }

  @Test("TOK-03 A source and a waker may share a token")
  func sharesTokenWithWaker() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    let waker = try loop.registry.makeWaker(token: 5)
    try loop.registry.register(&ends.server, token: 5, interests: .writable)
    try loop.expect(5, .writable)
    try waker.wake()
    try loop.expect(5, .readable)
    try loop.registry.deregister(&ends.server)
    try waker.wake()
    try loop.expect(5, .readable)
  }
}
