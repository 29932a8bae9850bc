import MetalCore
import Testing

@Suite("WAKE: several wakers and other traffic", .backend)
struct WakerSetTests {
  @Test("WAKE-04 Each waker of a poll is reported under its own token and coalesces for itself")
  func ownTokens() throws(IOError) {
    var loop = try Loop()
    let copies = [loop.registry, loop.registry, loop.registry]
    let wakers = try copies.enumerated().map { (number, copy) throws(IOError) in
      try copy.makeWaker(token: Token(rawValue: 20 + UInt(number)))
    }
    for _ in 0..<5 { try wakers[0].wake() }
    try wakers[1].wake()
    #expect(try loop.gatherUntilQuiet().map(\.token).sorted() == [20, 21])
    try wakers[2].wake()
    #expect(try loop.gatherUntilQuiet().map(\.token) == [22])
    for waker in wakers { try waker.wake() }
    #expect(try loop.gatherUntilQuiet().map(\.token).sorted() == [20, 21, 22])
    // An array may be released after its last use, and a waker that is gone wakes nobody.
    withExtendedLifetime(wakers) {}
  }

  @Test("WAKE-04 Dropping one waker leaves the others working, and a wake pending on it goes with it")
  func dropOne() throws(IOError) {
    var loop = try Loop()
    let first = try loop.registry.makeWaker(token: 20)
    var second: Waker? = try loop.registry.makeWaker(token: 21)
    let third = try loop.registry.makeWaker(token: 22)
    try first.wake()
    try second?.wake()
    second = nil
    #expect(try loop.gatherUntilQuiet().map(\.token) == [20])
    try third.wake()
    #expect(try loop.gatherUntilQuiet().map(\.token) == [22])
    try first.wake()
    try third.wake()
    #expect(try loop.gatherUntilQuiet().map(\.token).sorted() == [20, 22])
  }

  @Test("WAKE-04 Two wakers may share a token, and stay two")
  func sharedToken() throws(IOError) {
    var loop = try Loop()
    let first = try loop.registry.makeWaker(token: 20)
    var second: Waker? = try loop.registry.makeWaker(token: 20)
    try first.wake()
    try second?.wake()
    #expect(try loop.gatherUntilQuiet().map(\.token) == [20, 20])
    second = nil
    try first.wake()
    #expect(try loop.gatherUntilQuiet().map(\.token) == [20])
  }

  @Test("WAKE-04 A waker in the place of one that was dropped with a wake pending loses none of its own")
  func replaced() throws(IOError) {
    var loop = try Loop()
    for round in UInt(1)...20 {
      var waker: Waker? = try loop.registry.makeWaker(token: 0)
      try waker?.wake()
      waker = nil
      let replacement = try loop.registry.makeWaker(token: Token(rawValue: round))
      if round % 4 == 0 { try loop.expectQuiet() }
      try replacement.wake()
      let tokens = try loop.gather(polls: 3) { !$0.isEmpty }.map(\.token)
      #expect(tokens == [Token(rawValue: round)])
    }
  }

  @Test("WAKE-04 Wakers of different polls do not disturb each other")
  func twoPolls() throws(IOError) {
    var first = try Loop()
    var second = try Loop()
    let firstWaker = try first.registry.makeWaker(token: 20)
    let secondWaker = try second.registry.makeWaker(token: 21)
    try firstWaker.wake()
    try second.expectQuiet()
    try secondWaker.wake()
    #expect(try first.gatherUntilQuiet().map(\.token) == [20])
    #expect(try second.gatherUntilQuiet().map(\.token) == [21])
  }

  @Test("WAKE-04 A hundred and fifty wakers are each reported once and coalesce")
  func manyWakers() throws(IOError) {
    var loop = try Loop(capacity: 16)
    var wakers: [Waker] = []
    for index in UInt(0)..<150 {
      wakers.append(try loop.registry.makeWaker(token: Token(rawValue: index)))
    }
    for round in 0..<3 {
      for waker in wakers {
        for _ in 0...round { try waker.wake() }
      }
      let tokens = try loop.gatherUntilQuiet().map(\.token)
      #expect(tokens.sorted() == wakers.indices.map { Token(rawValue: UInt($0)) })
    }
    // Every other one goes, with a wake pending; others are made in their place.
    for index in stride(from: 0, to: 150, by: 2) { try wakers[index].wake() }
    for index in stride(from: 0, to: 150, by: 2) {
      wakers[index] = try loop.registry.makeWaker(token: Token(rawValue: UInt(1000 + index)))
    }
    try loop.expectQuiet()
    for waker in wakers { try waker.wake() }
    let tokens = try loop.gatherUntilQuiet().map(\.token)
    #expect(tokens.sorted() == wakers.indices.map { Token(rawValue: UInt($0 % 2 == 0 ? 1000 + $0 : $0)) }.sorted())
    // An array may be released after its last use, and a waker that is gone wakes nobody.
    withExtendedLifetime(wakers) {}
  }

  @Test("WAKE-04 A waker whose poll is gone wakes without effect and without error")
  func withoutPoll() throws(IOError) {
    let waker = try Poll().registry.makeWaker(token: 20)
    try waker.wake()
    try waker.wake()
  }

  @Test("WAKE-07 A wake makes the next poll return, whatever calls come in between", arguments: Between.allCases)
  func nothingInBetween(between: Between) throws(IOError) {
    var loop = try Loop()
    var connected = try Connected()
    let waker = try loop.registry.makeWaker(token: 20)
    let other = try loop.registry.makeWaker(token: 21)
    try loop.registry.register(&connected.server, token: 1, interests: .readable)
    try loop.expectQuiet()
    for _ in 0..<3 {
      try waker.wake()
      switch between {
      case .nothing:
        break
      case .registration:
        var listener = try TCPListener(bindingTo: anyPort)
        try loop.registry.register(&listener, token: 2, interests: .readable)
        try loop.registry.reregister(&listener, token: 3, interests: .readable)
        try loop.registry.deregister(&listener)
      case .reregistration:
        try loop.registry.reregister(&connected.server, token: 1, interests: .readable)
      case .deregistration:
        try loop.registry.deregister(&connected.server)
        try loop.registry.register(&connected.server, token: 1, interests: .readable)
      case .wouldBlock:
        expectWouldBlock { () throws(IOError) in
          try connected.server.perform { _ throws(IOError) in throw IOError(.wouldBlock) }
        }
        #expect(try connected.server.drain() == 0)
      case .transfer:
        try connected.client.writeFully([1])
        #expect(try connected.server.readFully(1) == [1])
      case .wakers:
        try loop.registry.makeWaker(token: 22).wake()
        try other.wake()
      case .drop:
        var listener = try TCPListener(bindingTo: anyPort)
        try loop.registry.register(&listener, token: 2, interests: .readable)
        try listener.close()
      }
      let tokens = try loop.gather(polls: 2, timeout: .seconds(2)) { $0.contains { $0.token == 20 } }.map(\.token)
      #expect(tokens.filter { $0 == 20 } == [20])
      // Whatever else has happened is taken along, so that the next round begins without a wake.
      let rest = try loop.gatherUntilQuiet()
      #expect(!rest.contains { $0.token == 20 } as Bool)
    }
  }

  /// What a program does between a wake and the poll that must return.
  enum Between: CaseIterable {
    case nothing, registration, reregistration, deregistration, wouldBlock, transfer, wakers, drop
  }

  @Test("WAKE-07 No wake is lost when the container is too small for what is ready", arguments: [1, 3])
  func smallContainer(capacity: Int) throws(IOError) {
    var loop = try Loop(capacity: capacity)
    let wakers = try (0..<8).map { (number) throws(IOError) in try loop.registry.makeWaker(token: Token(number)) }
    for waker in wakers { try waker.wake() }
    // Each is woken again in the midst of the delivery, some before their event, some after.
    var delivered = Set(try loop.wait().map(\.token))
    #expect(delivered.count == capacity)
    for waker in wakers { try waker.wake() }
    delivered = Set(try loop.gatherUntilQuiet().map(\.token))
    #expect(delivered == Set((0..<8).map { Token(rawValue: UInt($0)) }))
    // An array may be released after its last use, and a waker that is gone wakes nobody.
    withExtendedLifetime(wakers) {}
  }
}
