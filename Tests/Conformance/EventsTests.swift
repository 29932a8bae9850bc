import MetalCore
import Testing

@Suite("EVT: the events container", .backend)
struct EventsTests {
  @Test("EVT-01 A container made for n events has room for n and is empty", arguments: [0, 1, 2, 7, 128, 4096])
  func startsEmpty(capacity: Int) {
    let events = Events(capacity: capacity)
    #expect(events.capacity >= capacity)
    #expect(events.isEmpty && events.count == 0)
    #expect(Array(events).isEmpty)
  }

  @Test("EVT-14 A capacity that is negative or too large stops the program, and says what to do")
  func capacityLimits() async {
    #expect(Events.maximumCapacity == 1 << 20)
    #expect(Events(capacity: Events.maximumCapacity).isEmpty)
    let large = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      print(Events(capacity: Int(Int32.max)).capacity)
    }
    expectTrap(large, "Events cannot have a capacity of 2147483647. Ask for 1 to 1048576, such as 1024.")
    let negative = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      print(Events(capacity: -1).capacity)
    }
    expectTrap(negative, "Events cannot have a capacity of -1. Ask for 1 to 1048576, such as 1024.")
  }

  @Test("EVT-02 A position without an event stops the program, and says what to do", arguments: [-1, 0, 1 << 20])
  func positionOutside(position: Int) async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [position] in
      print(Events(capacity: 4)[position])
    }
    expectTrap(result, "No event is at position \(position), because the count is 0. Use the indices of Events.")
  }

  @Test("EVT-02 Iterating yields each delivered event once, and the same ones a second time")
  func iteratesTwice() throws(IOError) {
    var loop = try Loop()
    var streams = try Streams(pairs: 3)
    try streams.register(with: loop.registry, interests: .writable)
    var delivered: Set<Token> = []
    // One poll may deliver them all or not; each of them obeys.
    while delivered.count < streams.count {
      let batch = try loop.wait()
      try required(!batch.isEmpty, "only \(delivered.count) of \(streams.count) sources were reported")
      #expect(!loop.events.isEmpty && loop.events.count == batch.count)
      var first: [String] = []
      for event in loop.events { first.append(event.debugDescription) }
      var second: [String] = []
      for event in loop.events { second.append(event.debugDescription) }
      #expect(first.count == batch.count && first == second)
      #expect(loop.events.indices.map { loop.events[$0].debugDescription } == first)
      let tokens = Set(loop.events.map(\.token))
      #expect(tokens.count == batch.count, "an event was yielded twice")
      delivered.formUnion(tokens)
    }
    #expect(delivered == streams.tokens)
  }

  @Test("EVT-02 Taking the first event yields each once and leaves the others; a copy keeps all")
  func takesFirst() throws(IOError) {
    var loop = try Loop()
    let wakers = try (0..<3).map { (number) throws(IOError) in try loop.registry.makeWaker(token: Token(number)) }
    #expect(loop.events.popFirst() == nil)
    for _ in 0..<2 {
      for waker in wakers { try waker.wake() }
      let batch = try loop.wait()
      #expect(Set(batch.map(\.token)) == [0, 1, 2])
      let copy = loop.events
      for (index, event) in batch.enumerated() {
        #expect(loop.events.count == batch.count - index && loop.events.first?.token == event.token)
        #expect(loop.events.popFirst()?.token == event.token)
        #expect(loop.events.map(\.token) == batch[(index + 1)...].map(\.token))
      }
      #expect(loop.events.popFirst() == nil && loop.events.isEmpty)
      #expect(copy.map(\.token) == batch.map(\.token))
    }
    // A poll discards what was not taken, and so does clearing.
    try wakers[0].wake()
    try wakers[1].wake()
    try loop.poll.wait(into: &loop.events, timeout: .milliseconds(500))
    #expect(loop.events.popFirst() != nil && loop.events.count == 1)
    #expect(try loop.wait(.zero).isEmpty)
    try wakers[0].wake()
    try loop.expect(0, .readable)
    loop.events.removeAll()
    #expect(loop.events.popFirst() == nil)
    // An array may be released after its last use, and a waker that is gone wakes nobody.
    withExtendedLifetime(wakers) {}
  }

  @Test("EVT-02 A position whose event was taken stops the program, and says what to do")
  func positionTaken() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try onBackend { () throws(IOError) in
        var loop = try Loop()
        let waker = try loop.registry.makeWaker(token: 1)
        try waker.wake()
        try loop.poll.wait(into: &loop.events)
        _ = loop.events.popFirst()
        print(loop.events[0])
      }
    }
    expectTrap(result, "No event is at position 0, because the count is 0. Use the indices of Events.")
  }

  @Test("EVT-02 Clearing empties a container that holds events, and its capacity stays")
  func clears() throws(IOError) {
    var loop = try Loop(capacity: 8)
    let waker = try loop.registry.makeWaker(token: 1)
    try waker.wake()
    try loop.poll.wait(into: &loop.events, timeout: .milliseconds(500))
    #expect(!loop.events.isEmpty)
    let capacity = loop.events.capacity
    loop.events.removeAll()
    #expect(loop.events.isEmpty && loop.events.count == 0 && loop.events.capacity == capacity)
    for event in loop.events { Issue.record("a cleared container yielded \(event)") }
    // The emptied container works as before.
    try waker.wake()
    try loop.expect(1, .readable)
  }

  @Test("EVT-03 A poll discards what the container held")
  func discards() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.client, token: 1, interests: .writable)
    #expect(try loop.wait().map(\.token) == [1])
    #expect(loop.events.count == 1)
    #expect(try loop.wait(.zero).isEmpty)
    #expect(loop.events.isEmpty)
  }

  @Test("EVT-03 A poll discards what another poll put into the container")
  func discardsForeignEvents() throws(IOError) {
    var first = try Loop()
    var second = try Poll()
    let waker = try first.registry.makeWaker(token: 1)
    try waker.wake()
    #expect(try first.wait().map(\.token) == [1])
    try second.wait(into: &first.events, timeout: .zero)
    #expect(first.events.isEmpty)
  }

  @Test(
    "EVT-04 A poll delivers no more than the capacity; the others deliver the rest, each event once",
    arguments: [1, 2, 3, 7, 9, 10, 11])
  func spreadsOverPolls(capacity: Int) throws(IOError) {
    var loop = try Loop(capacity: capacity)
    var streams = try Streams(pairs: 5)
    try streams.register(with: loop.registry, interests: .writable)
    try expectEachOnce(streams.tokens, &loop)
  }

  @Test("EVT-04 Wakes that did not fit into the container come with the following polls", arguments: [1, 2, 5])
  func spreadsWakesOverPolls(capacity: Int) throws(IOError) {
    var loop = try Loop(capacity: capacity)
    let tokens = (0..<6).map { Token($0) }
    var wakers: [Waker] = []
    for token in tokens { wakers.append(try loop.registry.makeWaker(token: token)) }
    for _ in 0..<3 {
      for waker in wakers { try waker.wake() }
      try expectEachOnce(Set(tokens), &loop)
    }
  }

  /// Expects that polls deliver one event for each token, at most the container's capacity at a time.
  private func expectEachOnce(_ tokens: Set<Token>, _ loop: inout Loop) throws(IOError) {
    let capacity = loop.events.capacity
    var delivered: [Token] = []
    while delivered.count < tokens.count {
      let batch = try loop.wait()
      try required(!batch.isEmpty, "only \(delivered) of \(tokens) came")
      #expect(batch.count <= capacity && loop.events.capacity == capacity)
      delivered += batch.map(\.token)
    }
    #expect(Set(delivered) == tokens && delivered.count == tokens.count)
    try loop.expectQuiet()
  }

  @Test("EVT-09 A copied event outlives the container's clearing, its next use and its end")
  func copiesOutlive() throws(IOError) {
    var ends = try Connected()
    let copy = try deliverAndDestroy(&ends.server)
    #expect(copy.token == 77)
    #expect(Flags(copy) == .writable)
    #expect(copy.description.contains("77"))
  }

  @Test("EVT-09 A copy of the container and a walk through it keep their events, whatever the container gets")
  func copiesAndWalksKeepTheirs() throws(IOError) {
    var loop = try Loop(capacity: 2)
    let first = try loop.registry.makeWaker(token: 1)
    let second = try loop.registry.makeWaker(token: 2)
    try first.wake()
    try second.wake()
    let both = try loop.wait()
    #expect(Set(both.map(\.token)) == [1, 2])
    let copy = loop.events
    var walk = loop.events.makeIterator()
    #expect(walk.next()?.token == both[0].token)
    for token in [3, 4] as [Token] {
      let waker = try loop.registry.makeWaker(token: token)
      try waker.wake()
      #expect(try loop.wait().map(\.token) == [token])
    }
    #expect(copy.map(\.token) == both.map(\.token))
    #expect(walk.next()?.token == both[1].token)
    #expect(walk.next() == nil)
    // The other way to fill a container.
    var longer = copy
    let last = try required(copy.first)
    longer.removeAll()
    #expect(longer.append(last) && longer.append(last) && !longer.append(last))
    #expect(longer.map(\.token) == [last.token, last.token])
    #expect(copy.map(\.token) == both.map(\.token))
  }

  @Test(
    "EVT-02 What was taken makes room for others, whether or not a copy shares the buffer", arguments: [false, true])
  func appendsAfterTaking(isShared: Bool) throws(IOError) {
    var loop = try Loop(capacity: 3)
    let wakers = try (1...3).map { (number) throws(IOError) in try loop.registry.makeWaker(token: Token(number)) }
    for waker in wakers { try waker.wake() }
    let batch = try loop.wait()
    var events = loop.events
    loop.events = Events(capacity: 3)
    let copy = isShared ? events : nil
    #expect(events.popFirst() != nil && events.popFirst() != nil)
    #expect(events.append(batch[0]) && events.append(batch[1]) && !events.append(batch[2]))
    #expect(events.map(\.token) == [batch[2].token, batch[0].token, batch[1].token])
    #expect(copy == nil || copy?.map(\.token) == batch.map(\.token))
    withExtendedLifetime(wakers) {}
  }

  /// Returns an event that was copied out of a container which is cleared, used again and destroyed after that.
  private func deliverAndDestroy(_ stream: inout TCPStream) throws(IOError) -> Event {
    var poll = try Poll()
    var events = Events(capacity: 1)
    try poll.registry.register(&stream, token: 77, interests: .writable)
    try poll.wait(into: &events, timeout: .milliseconds(500))
    let copy = try required(events.first)
    #expect(copy.token == 77 && Flags(copy) == .writable)
    events.removeAll()
    #expect(copy.token == 77 && Flags(copy) == .writable)
    let waker = try poll.registry.makeWaker(token: 88)
    try waker.wake()
    // The waker's event takes the very place in which the copied one lay.
    try poll.wait(into: &events, timeout: .milliseconds(500))
    #expect(events.first?.token == 88)
    #expect(copy.token == 77 && Flags(copy) == .writable)
    return copy
  }

  @Test("EVT-06 Events and their container are sendable")
  func isSendable() {
    func accept<T: Sendable & ~Copyable>(_ type: T.Type) -> Bool { true }
    #expect(accept(Event.self) && accept(Events.self) && accept(Poll.self) && accept(Registry.self))
  }

  @Test("EVT-06 Another thread reads the events and the container that were handed to it")
  func readsOnAnotherThread() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    let waker = try loop.registry.makeWaker(token: 9)
    try loop.registry.register(&ends.server, token: 42, interests: .writable)
    let batch = try loop.wait()
    #expect(batch.map(\.token) == [42])
    let container = Handoff<Events>()
    container.put(loop.events)
    let seen = Handoff<[String]>()
    try meanwhile {
      guard let events = container.take() else { return }
      var lines = events.map { "\($0.token.rawValue) \(Flags($0))" }
      lines += batch.map { "\($0.token.rawValue) \(Flags($0))" }
      seen.put(lines)
      try? waker.wake()
    } _: { () throws(IOError) in
      _ = try loop.expect(9, .readable)
    }
    #expect(seen.take() == ["42 writable", "42 writable"])
  }
}
