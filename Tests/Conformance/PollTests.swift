import MetalCore
import Synchronization
import Testing

@Suite("POLL: polling", .backend)
struct PollTests {
  @Test("POLL-01 A poll without any source returns empty when its timeout has passed")
  func noSource() throws(IOError) {
    var loop = try Loop()
    try expectTakes(.milliseconds(100)) { () throws(IOError) in
      let batch = try loop.wait(.milliseconds(100))
      #expect(batch.isEmpty)
    }
  }

  @Test("POLL-02 A zero timeout still asks the system and delivers what is ready")
  func zeroTimeoutAsks() throws(IOError) {
    var loop = try Loop()
    let listener = try TCPListener(bindingTo: anyPort)
    let address = try listener.localAddress
    var first = try TCPStream(connectingTo: address)
    var second = try TCPStream(connectingTo: address)
    var third = try TCPStream(connectingTo: address)
    try loop.registry.register(&first, token: 1, interests: .writable)
    try loop.registry.register(&second, token: 2, interests: .writable)
    try loop.registry.register(&third, token: 3, interests: .writable)
    try pause(.milliseconds(10))
    let batch = try loop.wait(.zero)
    #expect(!batch.isEmpty)
    for event in batch {
      #expect((1...3).contains(event.token))
      #expect(event.isWritable)
    }
  }

  @Test(
    "POLL-03 A zero or negative timeout with nothing ready returns at once and empty",
    arguments: [.zero, .nanoseconds(-1), .seconds(-5), .seconds(Int64.min), Duration(attoseconds: .min)])
  func zeroTimeoutReturns(timeout: Duration) throws(IOError) {
    var loop = try Loop()
    var listener = try TCPListener(bindingTo: anyPort)
    try loop.registry.register(&listener, token: 1, interests: .readable)
    let time = try shortest(of: 10) { () throws(IOError) in
      let batch = try loop.wait(timeout)
      #expect(batch.isEmpty)
    }
    #expect(time <= Backend.timeToAsk)
  }

  @Test("POLL-04 Without a timeout a poll blocks until another thread makes a source ready")
  func noTimeout() throws(IOError) {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 4, interests: .readable)
    let client = Handoff<TCPStream>()
    client.put(connected.client)
    let time = try elapsed { () throws(IOError) in
      try meanwhile(after: .milliseconds(100)) {
        recordingErrors { () throws(IOError) in try writeByte(client) }
      } _: { () throws(IOError) in
        let batch = try loop.wait(nil)
        #expect(batch.map(\.token) == [4])
        let isReadable = batch.allSatisfy(\.isReadable)
        #expect(isReadable)
      }
    }
    #expect(time >= .milliseconds(100))
    #expect(time < .seconds(2))
  }

  @Test("POLL-05 An expired timeout is a success that leaves the container empty, also one that held events")
  func expiredTimeout() throws(IOError) {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 5)
    try waker.wake()
    try loop.poll.wait(into: &loop.events, timeout: .milliseconds(500))
    #expect(loop.events.count == 1)
    try expectTakes(.milliseconds(20)) { () throws(IOError) in
      try loop.poll.wait(into: &loop.events, timeout: .milliseconds(20))
    }
    #expect(loop.events.isEmpty)
    #expect(loop.events.capacity >= 64)
  }

  @Test("POLL-06 A poll of five seconds returns promptly when an event arrives")
  func promptReturn() throws(IOError) {
    var loop = try Loop()
    var connected = try Connected()
    try loop.registry.register(&connected.server, token: 6, interests: .readable)
    let client = Handoff<TCPStream>()
    client.put(connected.client)
    let time = try elapsed { () throws(IOError) in
      try meanwhile(after: .milliseconds(50)) {
        recordingErrors { () throws(IOError) in try writeByte(client) }
      } _: { () throws(IOError) in
        let batch = try loop.wait(.seconds(5))
        #expect(batch.map(\.token) == [6])
      }
    }
    #expect(time >= .milliseconds(50))
    #expect(time < .seconds(2))
  }

  @Test("POLL-07 Registry traffic from another thread neither lengthens nor shortens a wait")
  func registryTraffic() throws(IOError) {
    let timeout = Duration.milliseconds(200)
    var loop = try Loop()
    let registry = loop.registry
    let traffic = Traffic()
    try meanwhile(after: .milliseconds(20)) {
      recordingErrors { () throws(IOError) in
        // Were each call to start the wait anew, it would last as long as this goes on.
        let end = now() + .seconds(4)
        let mostRounds = Backend.hasVirtualTime ? 100 : Int.max
        var listener = try TCPListener(bindingTo: anyPort)
        while traffic.rounds < mostRounds, !traffic.isOver, now() < end {
          try registry.register(&listener, token: 1, interests: .readable)
          try registry.reregister(&listener, token: 2, interests: .readable)
          try registry.deregister(&listener)
          traffic.countRound()
        }
      }
    } _: { () throws(IOError) in
      defer { traffic.end() }
      try expectTakes(timeout) { () throws(IOError) in
        let batch = try loop.wait(timeout)
        #expect(batch.isEmpty)
      }
      #expect(traffic.rounds > 0)
    }
  }
}

/// Writes one byte to a stream that another thread has handed over, and hands it back.
func writeByte(_ handoff: Handoff<TCPStream>) throws(IOError) {
  guard let stream = handoff.take() else { throw IOError(.notFound) }
  try stream.writeFully([1])
  handoff.put(stream)
}

/// What the thread with the registry traffic and the waiting one tell each other.
private final class Traffic: Sendable {
  private let count = Atomic<Int>(0)
  private let over = Atomic<Bool>(false)

  var rounds: Int { count.load(ordering: .relaxed) }
  var isOver: Bool { over.load(ordering: .relaxed) }

  func countRound() { count.add(1, ordering: .relaxed) }
  func end() { over.store(true, ordering: .relaxed) }
}
