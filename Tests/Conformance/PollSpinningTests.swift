import MetalCore
import Testing

@Suite("POLL: spinning", .backend)
struct PollSpinningTests {
  @Test("POLL-15 What comes during the spin is delivered: data", arguments: [nil, .seconds(30)] as [Duration?])
  func data(timeout: Duration?) throws(IOError) {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 15, interests: .readable)
    let client = Handoff<TCPStream>()
    client.put(connected.client)
    try expectTakes(.milliseconds(20)) { () throws(IOError) in
      try meanwhile(after: .milliseconds(20)) {
        recordingErrors { () throws(IOError) in try writeByte(client) }
      } _: { () throws(IOError) in
        let batch = try loop.wait(timeout, spinning: .seconds(20))
        #expect(batch.map(\.token) == [15])
      }
    }
  }

  @Test("POLL-15 What comes during the spin is delivered: a wake by another thread")
  func wake() throws(IOError) {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 15)
    for _ in 0..<3 {
      try expectTakes(.milliseconds(10)) { () throws(IOError) in
        try meanwhile(after: .milliseconds(10)) {
          recordingErrors { () throws(IOError) in try waker.wake() }
        } _: { () throws(IOError) in
          let batch = try loop.wait(nil, spinning: .seconds(20))
          #expect(batch.map(\.token) == [15])
        }
      }
    }
    let batch = try loop.wait(.milliseconds(50), spinning: .milliseconds(1))
    #expect(batch.isEmpty)
  }

  @Test("POLL-15 What comes during the spin is delivered: a source that another thread registers")
  func registration() throws(IOError) {
    var loop = try Loop()
    let registry = loop.registry
    let sockets = Handoff<UDPSocket>()
    sockets.put(try UDPSocket(bindingTo: anyPort))
    try expectTakes(.milliseconds(10)) { () throws(IOError) in
      try meanwhile(after: .milliseconds(10)) {
        recordingErrors { () throws(IOError) in
          guard var socket = sockets.take() else { throw IOError(.notFound) }
          try registry.register(&socket, token: 15, interests: .writable)
          sockets.put(socket)
        }
      } _: { () throws(IOError) in
        let batch = try loop.wait(nil, spinning: .seconds(20))
        #expect(batch.map(\.token) == [15])
      }
    }
  }

  @Test("POLL-15 What is ready already is delivered by the first question, also to a poll that is not to wait")
  func ready() throws(IOError) {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 15)
    for timeout in [nil, .zero, .seconds(30)] as [Duration?] {
      try waker.wake()
      try expectTakes(.zero) { () throws(IOError) in
        let batch = try loop.wait(timeout, spinning: .seconds(20))
        #expect(batch.map(\.token) == [15])
      }
    }
  }

  @Test("POLL-15 What comes after the spin ends the sleep", arguments: [nil, .seconds(30)] as [Duration?])
  func afterSpin(timeout: Duration?) throws(IOError) {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 15)
    try expectTakes(.milliseconds(20)) { () throws(IOError) in
      try meanwhile(after: .milliseconds(20)) {
        recordingErrors { () throws(IOError) in try waker.wake() }
      } _: { () throws(IOError) in
        let batch = try loop.wait(timeout, spinning: .microseconds(50))
        #expect(batch.map(\.token) == [15])
      }
    }
  }

  @Test(
    "POLL-16 A timeout counts from the call, spinning included, and is never cut short",
    arguments: [
      (.microseconds(50), .milliseconds(20)), (.milliseconds(5), .milliseconds(5)),
      (.milliseconds(20), .milliseconds(5)), (.seconds(20), .microseconds(200)),
      (.seconds(20), .milliseconds(1)), (.microseconds(50), .milliseconds(1) + .nanoseconds(1)),
      (.zero, .milliseconds(5)), (.seconds(-1), .milliseconds(5)),
    ] as [(Duration, Duration)])
  func timeout(spinning: Duration, timeout: Duration) throws(IOError) {
    var loop = try Loop()
    var listener = try TCPListener(bindingTo: anyPort)
    try loop.registry.register(&listener, token: 1, interests: .readable)
    for _ in 0..<3 {
      try expectTakes(timeout) { () throws(IOError) in
        let batch = try loop.wait(timeout, spinning: spinning)
        #expect(batch.isEmpty)
      }
    }
  }

  @Test(
    "POLL-16 A timeout of zero or less asks once, however long the spin is",
    arguments: [.zero, .seconds(-1)] as [Duration])
  func zeroTimeout(timeout: Duration) throws(IOError) {
    var loop = try Loop()
    let time = try shortest(of: 10) { () throws(IOError) in
      let batch = try loop.wait(timeout, spinning: .seconds(20))
      #expect(batch.isEmpty)
    }
    #expect(time <= Backend.timeToAsk)
  }

  @Test("POLL-16 A timeout beyond what the system can express is kept, and a wake ends it")
  func longTimeout() throws(IOError) {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 16)
    for timeout in [.seconds(Int64.max), Duration(attoseconds: .max)] as [Duration] {
      try expectTakes(.milliseconds(10)) { () throws(IOError) in
        try meanwhile(after: .milliseconds(10)) {
          recordingErrors { () throws(IOError) in try waker.wake() }
        } _: { () throws(IOError) in
          let batch = try loop.wait(timeout, spinning: .microseconds(10))
          #expect(batch.map(\.token) == [16])
        }
      }
    }
  }

  @Test("POLL-16 A container of capacity 0 is an invalid argument at once, and an expired timeout leaves none full")
  func limits() throws(IOError) {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 16)
    try waker.wake()
    var none = Events(capacity: 0)
    for timeout in [nil, .zero, .seconds(30)] as [Duration?] {
      try expectTakes(.zero) {
        expectError(.invalidInput) { () throws(IOError) in
          try loop.poll.wait(into: &none, timeout: timeout, spinning: .seconds(20))
        }
      }
    }
    try loop.poll.wait(into: &loop.events, spinning: .seconds(20))
    #expect(loop.events.map(\.token) == [16])
    try loop.poll.wait(into: &loop.events, timeout: .milliseconds(1), spinning: .seconds(20))
    #expect(loop.events.isEmpty)
  }
}

extension Loop {
  /// Polls once, spinning, and returns a copy of what was delivered.
  fileprivate mutating func wait(_ timeout: Duration?, spinning: Duration) throws(IOError) -> [Event] {
    try poll.wait(into: &events, timeout: timeout, spinning: spinning)
    return Array(events)
  }
}
