import MetalCore
import MetalEpoll
import MetalPoll
import MetalSystem
import Testing

@Suite("Both selectors in one process: side by side")
struct SideBySideTests {
  @Test("The loop of one wakes the other, to and fro, in one thread and in two")
  func wakers() throws(IOError) {
    var first = try EpollSelector.Poll()
    var second = try PosixPollSelector.Poll()
    let toFirst = try first.registry.makeWaker(token: 1)
    let toSecond = try second.registry.makeWaker(token: 2)
    try toFirst.wake()
    for _ in 0..<100 {
      try expectWake(&first, 1)
      try toSecond.wake()
      try expectWake(&second, 2)
      try toFirst.wake()
    }
    let polls = Handoff<PosixPollSelector.Poll>()
    polls.put(second)
    try meanwhile {
      recordingErrors { () throws(IOError) in
        var second = try polls.taken()
        for _ in 0..<100 {
          try expectWake(&second, 2)
          try toFirst.wake()
        }
      }
    } _: { () throws(IOError) in
      for _ in 0..<100 {
        try expectWake(&first, 1)
        try toSecond.wake()
      }
    }
    try expectWake(&first, 1)
  }

  private func expectWake<S: Selector>(_ poll: inout S.Poll, _ token: Token) throws(IOError) {
    var events = S.Events(capacity: 4)
    try poll.wait(into: &events, timeout: .seconds(10))
    #expect(events.map(\.token) == [token])
  }

  @Test("A stream goes over from one to the other with its descriptor, and what waits in it")
  func goesOver() throws(IOError) {
    var first = try EpollSelector.Poll()
    var second = try PosixPollSelector.Poll()
    let pair = try EpollSelector.UnixStream.pair()
    let peer = pair.second
    var stream = pair.first
    try first.registry.register(&stream, token: 1, interests: .readable)
    _ = try peer.write([1, 2].span)
    try expectReadable(&first, 1)
    try first.registry.deregister(&stream)
    var moved = PosixPollSelector.UnixStream(adopting: stream.releaseDescriptor())
    try second.registry.register(&moved, token: 2, interests: .readable)
    try expectReadable(&second, 2)
    var buffer: [UInt8] = [0, 0, 0, 0]
    #expect(try moved.read(into: buffer.mutableSpan) == 2)
    #expect(buffer == [1, 2, 0, 0])
    try second.registry.deregister(&moved)
    var back = EpollSelector.UnixStream(adopting: moved.releaseDescriptor())
    try first.registry.register(&back, token: 3, interests: .readable)
    _ = try peer.write([3].span)
    try expectReadable(&first, 3)
  }

  @Test("Both watch one descriptor, each on its own account")
  func watchOne() throws(IOError) {
    var first = try EpollSelector.Poll()
    var second = try PosixPollSelector.Poll()
    let pair = try EpollSelector.UnixStream.pair()
    var stream = pair.first
    try first.registry.register(&stream, token: 1, interests: .readable)
    var source = BorrowedDescriptor<PosixPollSelector>(stream.rawDescriptor)
    try second.registry.register(&source, token: 2, interests: .readable)
    _ = try pair.second.write([1].span)
    try expectReadable(&first, 1)
    try expectReadable(&second, 2)
    // The end of one registration is not the end of the other.
    try second.registry.deregister(&source)
    _ = try pair.second.write([2].span)
    try expectReadable(&first, 1)
  }

  @Test("FD-04 A selector on poll(2) watches an epoll")
  func nested() throws(IOError) {
    var inner = try EpollSelector.Poll()
    var outer = try PosixPollSelector.Poll()
    var source = BorrowedDescriptor<PosixPollSelector>(inner.rawDescriptor)
    try outer.registry.register(&source, token: 1, interests: .readable)
    let waker = try inner.registry.makeWaker(token: 2)
    for _ in 0..<3 {
      try waker.wake()
      try expectReadable(&outer, 1)
      try expectWake(&inner, 2)
      // The outer one does not see what is done with the inner one.
      try outer.registry.reregister(&source, token: 1, interests: .readable)
      var events = PosixPollSelector.Events(capacity: 4)
      try outer.wait(into: &events, timeout: .zero)
      #expect(events.isEmpty)
    }
  }

  private func expectReadable<S: Selector>(_ poll: inout S.Poll, _ token: Token) throws(IOError) {
    var events = S.Events(capacity: 4)
    try poll.wait(into: &events, timeout: .seconds(10))
    #expect(events.map(\.token) == [token])
    #expect(events.allSatisfy { event in event.isReadable })
  }
}
