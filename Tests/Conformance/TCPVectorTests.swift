import MetalCore
import Testing

@Suite("TCP: several buffers in one call", .backend)
struct TCPVectorTests {
  @Test("A vectored write sends its buffers in order, the empty ones among them as nothing")
  func gathering() throws(IOError) {
    let ends = try Connected()
    let none: [UInt8] = []
    let first: [UInt8] = [1, 2, 3]
    let second: [UInt8] = [4]
    let third: [UInt8] = [5, 6]
    var storage = IOVectorStorage<8>()
    var vector = storage.makeVector()
    vector.append(none.span)
    vector.append(first.span)
    vector.append(second.span)
    vector.append(none.span)
    vector.append(third.span)
    let (count, byteCount) = (vector.count, vector.byteCount)
    #expect(count == 5)
    #expect(byteCount == 6)
    let sent = try ends.client.write(vector)
    #expect(sent == 6)
    let again = try ends.client.write(vector)
    #expect(again == 6)
    #expect(try ends.server.readFully(12) == [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6])
  }

  @Test("A vectored read fills each buffer before the next, and leaves what was not reached alone")
  func scattering() throws(IOError) {
    let ends = try Connected()
    try ends.server.writeFully([1, 2, 3, 4, 5, 6])
    try ends.client.waitForData()
    var none: [UInt8] = []
    var first: [UInt8] = [0, 0]
    var second: [UInt8] = [0, 0, 0]
    var third: [UInt8] = [9, 9, 9]
    var storage = IOVectorStorage<4>()
    var vector = storage.makeMutableVector()
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
  func scatteringInParts() throws(IOError) {
    let ends = try Connected()
    try ends.server.writeFully([1, 2, 3, 4, 5])
    try ends.client.waitForData()
    #expect(try readPair(ends.client) == [1, 2, 3])
    #expect(try readPair(ends.client) == [4, 5])
    #expect(try readPair(ends.client) == nil)
  }

  @Test("A vector of sixteen buffers, as many as every system takes, arrives in order")
  func sixteenBuffers() throws(IOError) {
    let ends = try Connected()
    let bytes = (0..<136).map { UInt8($0) }
    var storage = IOVectorStorage<16>()
    var vector = storage.makeVector()
    var start = 0
    for size in 1...16 {
      vector.append(bytes.span.extracting(start..<start + size))
      start += size
    }
    let sent = try ends.client.write(vector)
    #expect(sent == 136)
    #expect(try ends.server.readFully(136) == bytes)
  }

  @Test("A vector made anew is empty, and has all the room of its storage")
  func remaking() throws(IOError) {
    let ends = try Connected()
    let bytes: [UInt8] = [1, 2, 3]
    var storage = IOVectorStorage<2>()
    for round in 1...2 {
      var vector = storage.makeVector()
      let (count, capacity, byteCount) = (vector.count, vector.capacity, vector.byteCount)
      #expect(count == 0 && capacity == 2 && byteCount == 0)
      for _ in 0..<round { vector.append(bytes.span) }
      let sent = try ends.client.write(vector)
      #expect(sent == 3 * round)
    }
    #expect(try ends.server.readFully(9) == bytes + bytes + bytes)
    var buffer: [UInt8] = [0]
    var vector = storage.makeMutableVector()
    let (count, capacity, byteCount) = (vector.count, vector.capacity, vector.byteCount)
    #expect(count == 0 && capacity == 2 && byteCount == 0)
    vector.append(buffer.mutableSpan)
    let moved = try ends.server.read(into: vector)
    #expect(moved == nil)
  }

  @Test("Appending to a full vector stops the program, and says what to do")
  func fullVector() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let bytes: [UInt8] = [1]
      var storage = IOVectorStorage<1>()
      var vector = storage.makeVector()
      vector.append(bytes.span)
      vector.append(bytes.span)
    }
    expectTrap(result, fullVectorSentence)
  }

  @Test("Appending to a full mutable vector stops the program, and says what to do")
  func fullMutableVector() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var first: [UInt8] = [1]
      var second: [UInt8] = [2]
      var storage = IOVectorStorage<1>()
      var vector = storage.makeMutableVector()
      vector.append(first.mutableSpan)
      vector.append(second.mutableSpan)
    }
    expectTrap(result, fullVectorSentence)
  }
}

private let fullVectorSentence =
  "The vector is full with 1 buffers. Use an IOVectorStorage with a larger capacity."

/// Reads into a buffer of one byte and one of two, and returns what came; `nil` if nothing waits.
private func readPair(_ stream: borrowing TCPStream) throws(IOError) -> [UInt8]? {
  var first: [UInt8] = [0]
  var second: [UInt8] = [0, 0]
  var storage = IOVectorStorage<2>()
  var vector = storage.makeMutableVector()
  vector.append(first.mutableSpan)
  vector.append(second.mutableSpan)
  guard let moved = try stream.read(into: vector) else { return nil }
  return Array((first + second)[..<moved])
}
