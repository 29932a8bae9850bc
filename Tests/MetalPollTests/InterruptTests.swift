import MetalCore
import MetalSystem
import Testing

@testable import MetalPoll

@Suite("PosixPollSelector: a wait and other threads", .backend)
struct InterruptTests {
  @Test("A source that another thread registers is told by a wait without a timeout")
  func registered() throws(IOError) {
    var loop = try Loop()
    let sources = Handoff<ReadySource>()
    sources.put(try ReadySource())
    try expectEvent(3, from: &loop) { registry throws(IOError) in
      var source = try sources.taken()
      try registry.register(&source.stream, token: 3, interests: .readable)
      sources.put(source)
    }
  }

  @Test("So is one that was told, and that another thread registers anew")
  func reregistered() throws(IOError) {
    var loop = try Loop()
    let sources = Handoff<ReadySource>()
    sources.put(try ReadySource(token: 2, with: loop.registry))
    try loop.expect(2, .readable)
    try expectEvent(3, from: &loop) { registry throws(IOError) in
      var source = try sources.taken()
      try registry.reregister(&source.stream, token: 3, interests: .readable)
      sources.put(source)
    }
  }

  @Test("So is what another thread has left when it has read a part")
  func takesAPart() throws(IOError) {
    var loop = try Loop()
    let source = Shared(try ReadySource(token: 3, with: loop.registry))
    try loop.expect(3, .readable)
    try expectEvent(3, from: &loop) { _ throws(IOError) in
      #expect(try source.value.stream.readOnce(upTo: 2) == [1, 2])
    }
  }

  @Test("So is what comes after another thread's read would have blocked")
  func blocksReading() throws(IOError) {
    var loop = try Loop()
    let source = Shared(try ReadySource(token: 3, with: loop.registry))
    try loop.expect(3, .readable)
    try expectEvent(3, from: &loop) { _ throws(IOError) in
      // Past the library, so that the read that would block is all it knows of.
      var buffer: [UInt8] = [0, 0, 0, 0]
      let number = source.value.stream.rawDescriptor
      #expect(try RawOperation<Selector.K>.receive(number, into: buffer.mutableSpan) == 4)
      expectWouldBlock { () throws(IOError) in try source.value.stream.readOnce() }
      try source.value.peer.writeFully([5])
    }
  }

  @Test("So is the space that comes after another thread's write would have blocked")
  func blocksWriting() throws(IOError) {
    var loop = try Loop()
    var ready = try ReadySource()
    try loop.registry.register(&ready.stream, token: 3, interests: .writable)
    try loop.expect(3, .writable)
    let source = Shared(ready)
    try expectEvent(3, from: &loop) { _ throws(IOError) in
      try source.value.stream.flood()
      try source.value.peer.drain()
    }
  }

  @Test("So is the next error when another thread has taken the first")
  func takesAnError() throws(IOError) {
    var loop = try Loop()
    var line = try UDPLine()
    try loop.registry.register(&line.socket, token: 3, interests: .readable)
    try line.provokeError()
    try loop.expect(3, .error)
    let shared = Shared(line)
    try expectEvent(3, from: &loop) { _ throws(IOError) in
      let error = try shared.value.socket.takePendingError()
      #expect(error?.kind == .connectionRefused)
      try shared.value.provokeError()
    }
  }

  /// Has another thread act while this one waits without a timeout, and expects that the wait ends with one event.
  private func expectEvent(
    _ token: Token, from loop: inout Loop, sourceLocation: SourceLocation = #_sourceLocation,
    _ act: @escaping @Sendable (Registry) throws(IOError) -> Void
  ) throws(IOError) {
    let registry = loop.registry
    let rescue = try registry.makeWaker(token: 99)
    let hasEnded = Flag()
    try meanwhile {
      registry.selector.waitUntilWaiting(sourceLocation: sourceLocation)
      recordingErrors { () throws(IOError) in try act(registry) }
      spin("the wait does not end", sourceLocation: sourceLocation) { hasEnded.isSet }
      if !hasEnded.isSet { recordingErrors { () throws(IOError) in try rescue.wake() } }
    } _: { () throws(IOError) in
      let tokens = try loop.wait(nil).map(\.token)
      hasEnded.set()
      #expect(tokens == [token], sourceLocation: sourceLocation)
    }
  }
}

@Suite("PosixPollSelector: a wait in a storm of registrations", .backend)
struct StormTests {
  @Test(
    "POLL-07 It is neither shortened nor lengthened, on a system without the finer wait neither",
    arguments: [true, false])
  func timeout(hasFineWait: Bool) throws(IOError) {
    var poll = Poll(try PosixPollSelector(hasFineWait: hasFineWait))
    var events = Events(capacity: 4)
    try inStorm(of: poll.registry) { () throws(IOError) in
      for timeout in [.milliseconds(100), .microseconds(5_001)] as [Duration] {
        try expectTakes(timeout) { () throws(IOError) in
          try poll.wait(into: &events, timeout: timeout)
          #expect(events.isEmpty)
        }
      }
    }
  }

  @Test("It does not wait if it is not to")
  func zeroTimeout() throws(IOError) {
    var loop = try Loop()
    try inStorm(of: loop.registry) { () throws(IOError) in
      let time = try elapsed { () throws(IOError) in
        for _ in 0..<100 { try loop.expectQuiet(.zero) }
      }
      #expect(time < .seconds(2))
    }
  }

  @Test("WAKE-07 It loses no wake", arguments: [nil, .seconds(10)] as [Duration?])
  func wakes(timeout: Duration?) throws(IOError) {
    var loop = try Loop()
    let waker = try loop.registry.makeWaker(token: 9)
    let seen = Number()
    let count = 100
    try inStorm(of: loop.registry) { () throws(IOError) in
      try meanwhile {
        recordingErrors { () throws(IOError) in
          for wake in 1...count {
            try waker.wake()
            spin("wake \(wake) is lost") { seen.value >= wake }
          }
        }
      } _: { () throws(IOError) in
        for wake in 1...count {
          let batch = try loop.wait(timeout)
          #expect(batch.map(\.token) == [9])
          seen.value = wake
        }
      }
    }
  }

  @Test("It loses no event of another source")
  func events() throws(IOError) {
    var loop = try Loop()
    let source = Shared(try ReadySource(token: 9, with: loop.registry))
    let seen = Number()
    let count = 100
    try inStorm(of: loop.registry) { () throws(IOError) in
      try meanwhile {
        recordingErrors { () throws(IOError) in
          for write in 1...count {
            try source.value.peer.writeFully([1])
            spin("the event of write \(write) is lost") { seen.value >= write }
          }
        }
      } _: { () throws(IOError) in
        for write in 1...count {
          let batch = try loop.wait(.seconds(10))
          #expect(batch.map(\.token) == [9])
          try source.value.stream.drain()
          seen.value = write
        }
      }
    }
  }

  /// Has two other threads register, reregister and deregister sources that are never ready, beside something.
  private func inStorm(of registry: Registry, _ body: () throws(IOError) -> Void) throws(IOError) {
    let (isOver, cycles) = (Flag(), Number())
    try runThreads(2) { _ in
      recordingErrors { () throws(IOError) in
        var pair = try UnixStream.pair()
        while !isOver.isSet {
          try registry.register(&pair.first, token: 1, interests: .readable)
          try registry.reregister(&pair.first, token: 2, interests: [.readable, .priority])
          try registry.deregister(&pair.first)
          cycles.increment()
        }
      }
    } _: { () throws(IOError) in
      defer { isOver.set() }
      spin("the storm does not begin") { cycles.value >= 10 }
      try body()
    }
  }
}
