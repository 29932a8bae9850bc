import MetalCore
import Testing

@Suite("TCP: forms of reading and writing", .backend)
struct TCPReadingTests {
  @Test("Where nothing waits, the forms that say so in their name return nil and the others throw")
  func nothingReady() throws {
    let ends = try Connected()
    var buffer = [UInt8](repeating: 9, count: 8)
    #expect(try ends.client.readIfReady(into: buffer.mutableSpan) == nil)
    #expect(try ends.client.peekIfReady(into: buffer.mutableSpan) == nil)
    expectWouldBlock { () throws(IOError) in try ends.client.read(into: buffer.mutableSpan) }
    expectWouldBlock { () throws(IOError) in try ends.client.peek(into: buffer.mutableSpan) }
    #expect(buffer == [9, 9, 9, 9, 9, 9, 9, 9])

    let bytes = try [UInt8](capacity: 8) { span throws(IOError) in
      #expect(try ends.client.readIfReady(appendingTo: &span) == nil)
      expectWouldBlock { () throws(IOError) in try ends.client.read(appendingTo: &span) }
      let count = span.count
      #expect(count == 0)
    }
    #expect(bytes == [])
    let accepted = try ends.listener.acceptIfReady()
    #expect((accepted == nil) == true)
    expectWouldBlock { () throws(IOError) in try ends.listener.accept() }
  }

  @Test(
    "Where there is no space, writeIfReady returns nil and write throws, with one buffer and with several")
  func noSpace() throws {
    let ends = try Connected()
    let bytes = [UInt8](repeating: 1, count: 64 * 1024)
    var sent = 0
    while let moved = try ends.client.writeIfReady(bytes.span) { sent += moved }
    #expect(sent > 0)
    #expect(try ends.client.writeIfReady(bytes.span) == nil)
    expectWouldBlock { () throws(IOError) in try ends.client.write(bytes.span) }
    var vector = IOVector<2>()
    vector.append(bytes.span)
    vector.append(bytes.span)
    let moved = try ends.client.writeIfReady(vector)
    #expect(moved == nil)
    expectWouldBlock { () throws(IOError) in
      var vector = IOVector<2>()
      vector.append(bytes.span)
      vector.append(bytes.span)
      return try ends.client.write(vector)
    }
  }

  @Test("Where something waits, the forms that say so in their name return what the others do")
  func ready() throws {
    let ends = try Connected()
    #expect(try ends.server.writeIfReady([1, 2, 3].span) == 3)
    try ends.client.waitForData()
    var buffer = [UInt8](repeating: 0, count: 2)
    #expect(try ends.client.peekIfReady(into: buffer.mutableSpan) == 2)
    #expect(buffer == [1, 2])
    #expect(try ends.client.readIfReady(into: buffer.mutableSpan) == 2)
    #expect(buffer == [1, 2])
    #expect(try ends.client.readIfReady(into: buffer.mutableSpan) == 1)
    #expect(buffer == [3, 2])
  }

  @Test("At the end of the stream every form of reading returns 0, however often")
  func endOfStream() throws {
    let ends = try Connected()
    try ends.server.shutdown(.write)
    #expect(try ends.client.readFully(1) == [])
    var buffer = [UInt8](repeating: 0, count: 8)
    for _ in 0..<2 {
      #expect(try ends.client.read(into: buffer.mutableSpan) == 0)
      #expect(try ends.client.readIfReady(into: buffer.mutableSpan) == 0)
      #expect(try ends.client.peek(into: buffer.mutableSpan) == 0)
      #expect(try ends.client.peekIfReady(into: buffer.mutableSpan) == 0)
      var vector = MutableIOVector<1>()
      vector.append(buffer.mutableSpan)
      let moved = try ends.client.read(into: vector)
      #expect(moved == 0)
    }
    let bytes = try [UInt8](capacity: 8) { span throws(IOError) in
      #expect(try ends.client.read(appendingTo: &span) == 0)
      #expect(try ends.client.readIfReady(appendingTo: &span) == 0)
    }
    #expect(bytes == [])
  }

  @Test("Every form of reading throws a reset as what it is", arguments: 0..<4)
  func resetIsThrown(form: Int) throws {
    let ends = try Connected()
    let server = ends.server
    var client = ends.client
    try client.writeFully([1])
    try server.waitForData()
    // The byte is unread, so the connection is reset.
    try server.close()
    var loop = try Loop()
    try loop.registry.register(&client, token: 1, interests: .readable)
    try loop.expect(1, .readClosed)
    var buffer = [UInt8](repeating: 0, count: 8)
    expectError(.connectionReset) { () throws(IOError) in
      switch form {
      case 0: try client.read(into: buffer.mutableSpan)
      case 1: try client.readIfReady(into: buffer.mutableSpan)
      case 2: try client.peek(into: buffer.mutableSpan)
      default: try client.peekIfReady(into: buffer.mutableSpan)
      }
    }
  }

  @Test("Every form of writing throws that the writing side was shut down")
  func brokenPipeIsThrown() throws {
    let ends = try Connected()
    try ends.client.shutdown(.write)
    let bytes: [UInt8] = [1]
    expectError(.brokenPipe) { () throws(IOError) in try ends.client.write(bytes.span) }
    expectError(.brokenPipe) { () throws(IOError) in try ends.client.writeIfReady(bytes.span) }
    expectError(.brokenPipe) { () throws(IOError) in
      var vector = IOVector<1>()
      vector.append(bytes.span)
      return try ends.client.write(vector)
    }
    expectError(.brokenPipe) { () throws(IOError) in
      var vector = IOVector<1>()
      vector.append(bytes.span)
      return try ends.client.writeIfReady(vector)
    }
  }

  @Test("Reading into an output span appends behind what it holds, up to its capacity")
  func outputSpan() throws {
    let ends = try Connected()
    try ends.server.writeFully([1, 2, 3, 4, 5, 6])
    try ends.client.waitForData()
    let bytes = try [UInt8](capacity: 5) { span throws(IOError) in
      span.append(100)
      #expect(try ends.client.read(appendingTo: &span) == 4)
      let isFull = span.isFull
      #expect(isFull)
    }
    #expect(bytes == [100, 1, 2, 3, 4])

    var free = 0
    let rest = try [UInt8](capacity: 16) { span throws(IOError) in
      span.append(200)
      #expect(try ends.client.readIfReady(appendingTo: &span) == 2)
      #expect(try ends.client.readIfReady(appendingTo: &span) == nil)
      free = span.freeCapacity
    }
    #expect(rest == [200, 5, 6])
    #expect(free >= 13)
  }

  @Test("While data waits, reading into an empty buffer or a full output span returns 0 and takes nothing")
  func emptyBuffer() throws {
    let ends = try Connected()
    try ends.server.writeFully([1, 2])
    try ends.client.waitForData()
    var none: [UInt8] = []
    #expect(try ends.client.read(into: none.mutableSpan) == 0)
    #expect(try ends.client.readIfReady(into: none.mutableSpan) == 0)
    let full = try InlineArray<1, UInt8> { span throws(IOError) in
      span.append(7)
      #expect(try ends.client.read(appendingTo: &span) == 0)
    }
    #expect(full[0] == 7)
    #expect(try ends.client.write(none.span) == 0)
    #expect(try ends.client.readOnce() == [1, 2])
  }

  @Test("A stream is read into, and written from, a buffer on the stack")
  func inlineArrays() throws {
    let ends = try Connected()
    let message: [4 of UInt8] = [1, 2, 3, 4]
    #expect(try ends.server.write(message.span) == 4)
    try ends.client.waitForData()
    var buffer = [8 of UInt8](repeating: 0)
    #expect(try ends.client.read(into: buffer.mutableSpan) == 4)
    #expect(buffer[0] == 1)
    #expect(buffer[3] == 4)
    #expect(buffer[4] == 0)
  }
}
