import MetalCore
import Testing

@Suite("TCP: several buffers in one call", .backend)
struct TCPVectorTests {
  @Test("A vectored write sends its buffers in order, the empty ones among them as nothing")
  func gathering() throws {
    let ends = try Connected()
    let none: [UInt8] = []
    let first: [UInt8] = [1, 2, 3]
    let second: [UInt8] = [4]
    let third: [UInt8] = [5, 6]
    var vector = IOVector<8>()
    vector.append(none.span)
    vector.append(first.span)
    vector.append(second.span)
    vector.append(none.span)
    vector.append(third.span)
    let (count, byteCount) = (vector.count, vector.byteCount)
    #expect(count == 5)
    #expect(byteCount == 6)
    let sent = try ends.client.writeIfReady(vector)
    #expect(sent == 6)
    let again = try ends.client.write(vector)
    #expect(again == 6)
    #expect(try ends.server.readFully(12) == [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6])
  }

  @Test("A vectored read fills each buffer before the next, and leaves what was not reached alone")
  func scattering() throws {
    let ends = try Connected()
    try ends.server.writeFully([1, 2, 3, 4, 5, 6])
    try ends.client.waitForData()
    var none: [UInt8] = []
    var first: [UInt8] = [0, 0]
    var second: [UInt8] = [0, 0, 0]
    var third: [UInt8] = [9, 9, 9]
    var vector = MutableIOVector<4>()
    vector.append(first.mutableSpan)
    vector.append(none.mutableSpan)
    vector.append(second.mutableSpan)
    vector.append(third.mutableSpan)
    let (count, byteCount) = (vector.count, vector.byteCount)
    #expect(count == 4)
    #expect(byteCount == 8)
    let moved = try ends.client.read(into: vector)
    #expect(moved == 6)
    #expect(first == [1, 2])
    #expect(second == [3, 4, 5])
    #expect(third == [6, 9, 9])
  }

  @Test("A vectored read takes no more than its buffers hold; the rest comes with the next")
  func scatteringInParts() throws {
    let ends = try Connected()
    try ends.server.writeFully([1, 2, 3, 4, 5])
    try ends.client.waitForData()
    #expect(try readPair(ends.client) == [1, 2, 3])
    #expect(try readPair(ends.client) == [4, 5])
    #expect(try readPair(ends.client) == nil)
  }

  @Test("A vector of sixteen buffers, as many as every system takes, arrives in order")
  func sixteenBuffers() throws {
    let ends = try Connected()
    let bytes = (0..<136).map { UInt8($0) }
    var vector = IOVector<16>()
    var start = 0
    for size in 1...16 {
      vector.append(bytes.span.extracting(start..<start + size))
      start += size
    }
    let sent = try ends.client.write(vector)
    #expect(sent == 136)
    #expect(try ends.server.readFully(136) == bytes)
  }

  @Test("A vector shows its buffers by position, and a mutable one lends them for writing")
  func buffersByPosition() {
    let first: [UInt8] = [1, 2]
    let second: [UInt8] = [3]
    var vector = IOVector<2>()
    vector.append(first.span)
    vector.append(second.span)
    #expect(bytes(of: vector[0]) == [1, 2])
    #expect(bytes(of: vector[1]) == [3])

    var target: [UInt8] = [0, 0, 0]
    var mutable = MutableIOVector<1>()
    mutable.append(target.mutableSpan)
    let count = mutable.withBuffer(0) { buffer in
      buffer[1] = 7
      return buffer.count
    }
    #expect(count == 3)
    #expect(target == [0, 7, 0])
  }

  @Test("Appending to a full vector traps, and says what to do")
  func fullVector() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let bytes: [UInt8] = [1]
      var vector = IOVector<1>()
      vector.append(bytes.span)
      vector.append(bytes.span)
    }
    expectTrap(result, "The vector has its 1 buffers already. Give it a larger capacity.")
  }

  @Test("Appending to a full mutable vector traps, and says what to do")
  func fullMutableVector() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var first: [UInt8] = [1]
      var second: [UInt8] = [2]
      var vector = MutableIOVector<1>()
      vector.append(first.mutableSpan)
      vector.append(second.mutableSpan)
    }
    expectTrap(result, "The vector has its 1 buffers already. Give it a larger capacity.")
  }

  @Test("A position outside a vector traps, and says what to do")
  func positionOutside() async {
    let reading = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let bytes: [UInt8] = [1]
      var vector = IOVector<2>()
      vector.append(bytes.span)
      print(vector[1].count)
    }
    expectTrap(reading, "There is no buffer at position 1 of 1. Use a position below count.")
    let writing = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var vector = MutableIOVector<2>()
      vector.withBuffer(0) { _ in }
    }
    expectTrap(writing, "There is no buffer at position 0 of 0. Use a position below count.")
  }
}

/// Reads into a buffer of one byte and one of two, and returns what came; `nil` if nothing waits.
private func readPair(_ stream: borrowing TCPStream) throws(IOError) -> [UInt8]? {
  var first: [UInt8] = [0]
  var second: [UInt8] = [0, 0]
  var vector = MutableIOVector<2>()
  vector.append(first.mutableSpan)
  vector.append(second.mutableSpan)
  guard let moved = try stream.readIfReady(into: vector) else { return nil }
  return Array((first + second)[..<moved])
}

private func bytes(of span: Span<UInt8>) -> [UInt8] {
  var bytes: [UInt8] = []
  for index in span.indices { bytes.append(span[index]) }
  return bytes
}
