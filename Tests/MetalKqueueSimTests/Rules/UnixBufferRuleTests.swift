import MetalCore
import Testing

@Suite("Rules: the buffers of Unix-domain streams")
struct UnixBufferRuleTests {
  @Test(
    "R12 As much is taken as fits, in part if need be; would-block below the low-water mark only",
    arguments: KernelProfile.all)
  func partialWrites(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      let pair = try UnixStream.pair()
      let writer = pair.first
      let reader = pair.second
      #expect(try writer.put(5_000) == 5_000)
      #expect(try writer.put(5_000) == 3_192)
      #expect(try writer.put(1) == nil)
      #expect(try writer.put(0) == 0)
      // 2,047 bytes of room: what fits is taken, what does not is not begun.
      #expect(try reader.readOnce(upTo: 2_047)?.count == 2_047)
      #expect(try writer.put(2_048) == nil)
      #expect(try writer.put(47) == 47)
      #expect(try reader.readOnce(upTo: 48)?.count == 48)
      #expect(try writer.put(10_000) == 2_048)
    }
  }

  @Test("Bytes arrive in order, in whatever portions they are written and read")
  func order() throws(IOError) {
    try onMachine { _ throws(IOError) in
      let pair = try UnixStream.pair()
      let sent = unixBytes(100_000)
      var rest = sent[...]
      var received: [UInt8] = []
      var size = 1
      while received.count < sent.count {
        while !rest.isEmpty {
          let next = rest.prefix(size)
          guard let count = try pair.first.write(next.span) else { break }
          rest = rest.dropFirst(count)
          size = size * 7 % 4_999 + 1
        }
        received += try ready(pair.second.readOnce(upTo: size * 3 % 3_001 + 1))
      }
      #expect(received == sent)
    }
  }

  @Test(
    "R13 The room is the smaller of both sides on macOS, and the receiving side's on FreeBSD",
    arguments: KernelProfile.all)
  func room(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      let pair = try UnixStream.pair()
      try pair.first.setOption(.sendBufferSize, to: 3_000)
      #expect(try pair.first.put(10_000) == (profile == .macOS ? 3_000 : 8_192))
      try pair.first.setOption(.receiveBufferSize, to: 4_000)
      #expect(try pair.second.put(10_000) == 4_000)
      #expect(try pair.second.put(1) == nil)
      try pair.first.setOption(.receiveBufferSize, to: 100_000)
      #expect(try pair.second.put(10_000) == (profile == .macOS ? 4_192 : 10_000))
    }
  }

  @Test(
    "A small buffer has a small low-water mark, so that a stream with room for any byte is writable",
    arguments: KernelProfile.all)
  func smallBuffer(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      var pair = try UnixStream.pair()
      try pair.second.setOption(.receiveBufferSize, to: 10)
      try loop.registry.register(&pair.first, token: 1, interests: .writable)
      #expect(try loop.news() == ["1 write 10"])
      #expect(try pair.first.put(100) == 10)
      #expect(try pair.first.put(1) == nil)
      #expect(try pair.second.readOnce()?.count == 10)
      #expect(try loop.news() == ["1 write 10"])
      // Smaller than what is in it: there is no room, not less than none.
      #expect(try pair.first.put(10) == 10)
      try pair.second.setOption(.receiveBufferSize, to: 5)
      #expect(try pair.first.put(1) == nil)
      #expect(try loop.news() == [])
      #expect(try pair.second.readOnce(upTo: 6)?.count == 6)
      #expect(try pair.first.put(1) == 1)
    }
  }

  @Test("A buffer that is made larger fires the writing side that it holds up", arguments: KernelProfile.all)
  func enlarged(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      var pair = try UnixStream.pair()
      try loop.registry.register(&pair.first, token: 1, interests: .writable)
      #expect(try loop.news() == ["1 write 8192"])
      #expect(try pair.first.flood() == 8_192)
      try pair.second.setOption(.receiveBufferSize, to: 16_384)
      #expect(try loop.news() == (profile == .macOS ? [] : ["1 write 8192"]))
      try pair.first.setOption(.sendBufferSize, to: 16_384)
      #expect(try loop.news() == ["1 write 8192"])
    }
  }

  @Test("Bad sizes are refused and change nothing")
  func badSizes() throws(IOError) {
    try onMachine { _ throws(IOError) in
      let pair = try UnixStream.pair()
      let stream = pair.first
      for size in wide([0, -1, 1 << 40]) {
        expectError(.invalidInput) { () throws(IOError) in try stream.setOption(.sendBufferSize, to: size) }
        expectError(.invalidInput) { () throws(IOError) in try stream.setOption(.receiveBufferSize, to: size) }
      }
      expectError(.noBufferSpace) { () throws(IOError) in try stream.setOption(.sendBufferSize, to: 1 << 30) }
      #expect(try stream.option(.sendBufferSize) == 8_192)
      #expect(try stream.option(.receiveBufferSize) == 8_192)
    }
  }

  @Test("An accepted stream has its listener's buffer sizes")
  func inherited() throws(IOError) {
    try onMachine { _ throws(IOError) in
      let listener = try UnixListener(bindingTo: unixPath(), options: [.receiveBufferSize(3_000)])
      let client = try UnixStream(connectingTo: unixPath())
      #expect(try client.put(10_000) == 3_000)
      let accepted = try ready(listener.accept())
      #expect(try accepted.stream.option(.receiveBufferSize) == 3_000)
    }
  }

  @Test(
    "R10 Every read that makes room fires the peer's writing side, though no write would have blocked",
    arguments: KernelProfile.all)
  func readsFireWriters(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      var pair = try UnixStream.pair()
      try loop.registry.register(&pair.first, token: 1, interests: .writable)
      #expect(try loop.news() == ["1 write 8192"])
      #expect(try pair.first.put(10) == 10)
      #expect(try loop.news() == [])
      for left in [8_187, 8_192] {
        #expect(try pair.second.readOnce(upTo: 5)?.count == 5)
        #expect(try loop.news() == ["1 write \(left)"])
      }
      expectWouldBlock { () throws(IOError) in try pair.second.readOnce() }
      #expect(try loop.news() == [])
      // Room below the low-water mark fires nothing, and a peek makes none.
      #expect(try pair.first.flood() == 8_192)
      #expect(try pair.second.readOnce(upTo: 2_047)?.count == 2_047)
      #expect(try loop.news() == [])
      var buffer = [UInt8](repeating: 0, count: 100)
      #expect(try pair.second.peek(into: buffer.mutableSpan) == 100)
      #expect(try loop.news() == [])
      #expect(try pair.second.readOnce(upTo: 1)?.count == 1)
      #expect(try loop.news() == ["1 write 2048"])
    }
  }

  @Test(
    "R5 Everything that arrives fires, unread bytes or not, with the total; reading a part fires nothing",
    arguments: KernelProfile.all)
  func arrivalsFireReaders(profile: KernelProfile) throws(IOError) {
    try onMachine(profile) { _ throws(IOError) in
      var loop = try Loop()
      var pair = try UnixStream.pair()
      try loop.registry.register(&pair.second, token: 1, interests: .readable)
      #expect(try loop.news() == [])
      #expect(try pair.first.put(3) == 3)
      #expect(try loop.news() == ["1 read 3"])
      #expect(try pair.first.put(4) == 4)
      #expect(try loop.news() == ["1 read 7"])
      #expect(try pair.second.readOnce(upTo: 5)?.count == 5)
      #expect(try loop.news() == [])
      #expect(try pair.first.put(0) == 0)
      #expect(try loop.news() == [])
      // Two arrivals before a poll are one event, and what was read meanwhile is not told.
      #expect(try pair.first.put(1) == 1)
      #expect(try pair.first.put(1) == 1)
      #expect(try loop.news() == ["1 read 4"])
      #expect(try pair.first.put(1) == 1)
      #expect(try pair.second.drain() == 5)
      #expect(try loop.news() == [])
    }
  }

  @Test("X1 A read into no room would block, or returns 0 if something is there")
  func emptyRead() throws(IOError) {
    try onMachine { kernel throws(IOError) in
      let pair = try UnixStream.pair()
      #expect(kernel.receive(pair.second.rawDescriptor, 0) == .failed(.wouldBlock))
      #expect(try pair.first.put(3) == 3)
      #expect(kernel.receive(pair.second.rawDescriptor, 0) == .moved(0))
      #expect(try pair.second.readOnce() == unixBytes(3))
    }
  }
}
