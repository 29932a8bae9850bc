import MetalCore
import Testing

private let message = Array("Hello, pipe".utf8)

@Suite("PIPE: pipes", .backend)
struct PipeTests {
  @Test(
    "PIPE-01 A new pipe is empty and writable, and what is written to it is read from it",
    .enabled(if: Backend.hasPairs))
  func passesBytes() throws(IOError) {
    let pipe = try PipeEnds()
    var reader = pipe.reader
    var writer = pipe.writer
    var loop = try Loop()
    for form in ReadForm.allCases { #expect(try form(reader, atMost: 16) == nil) }
    expectWouldBlock { () throws(IOError) in try reader.readOnce() }
    try loop.registry.register(&writer, token: 1, interests: .writable)
    try loop.registry.register(&reader, token: 2, interests: .readable)
    let events = try loop.expect(1, .writable)
    #expect(events.allSatisfy { $0.token == 1 } as Bool)
    #expect(message.count == 11)
    #expect(try writer.write(message.span) == 11)
    try loop.expect(2, .readable)
    #expect(try reader.readOnce() == message)
    expectWouldBlock { () throws(IOError) in try reader.readOnce() }
  }

  @Test(
    "PIPE-02 When the writer is dropped, exactly one event comes: read-closed, under the reader's token",
    .enabled(if: Backend.hasPairs))
  func tellsTheEnd() throws(IOError) {
    let pipe = try PipeEnds()
    var reader = pipe.reader
    var writer = pipe.writer
    var loop = try Loop(watching: &reader, token: 2, interests: .readable)
    #expect(try writer.write(message.span) == 11)
    var events = try loop.gatherUntilQuiet()
    #expect(events.count == 1 && events.allSatisfy { $0.token == 2 && $0.isReadable && !$0.isReadClosed })
    // Being registered itself, and dropped while it is, makes no event of its own.
    try loop.registry.register(&writer, token: 1, interests: .writable)
    try loop.expect(1, .writable)
    _ = consume writer
    events = try loop.gatherUntilQuiet()
    #expect(events.map(\.token) == [2], "\(events)")
    #expect(events.allSatisfy { $0.isReadClosed } as Bool, "\(events)")
    #expect(try reader.readOnce() == message)
    #expect(try reader.readOnce() == [])
    for form in ReadForm.allCases { #expect(try form(reader, atMost: 4) == 0) }
  }

  @Test("PIPE-05 Switching non-blocking mode off and on again leaves a pipe as it was", .enabled(if: Backend.hasPairs))
  func switchesMode() throws(IOError) {
    let pipe = try PipeEnds()
    // With something to read and room to write nothing waits in either mode.
    try pipe.writer.setNonBlocking(false)
    #expect(try pipe.writer.write(message.span) == 11)
    try pipe.reader.setNonBlocking(false)
    #expect(try pipe.reader.readOnce() == message)
    try pipe.reader.setNonBlocking(true)
    try pipe.writer.setNonBlocking(true)
    expectWouldBlock { () throws(IOError) in try pipe.reader.readOnce() }
    #expect(try pipe.writer.flood() > 0)
  }

  @Test(
    "PIPE-06 Writing to a pipe whose reader is gone is a broken pipe, in every form", .enabled(if: Backend.hasPairs))
  func tellsTheReaderIsGone() async {
    await #expect(processExitsWith: .success) {
      try onBackend { () throws(IOError) in
        let pipe = try PipeEnds()
        let writer = pipe.writer
        try pipe.reader.close()
        for _ in 0..<3 { expectBrokenPipe(writer) }
      }
    }
  }

  @Test(
    "PIPE-07 A vectored write of two buffers, and a vectored read into two, move the total in order",
    .enabled(if: Backend.hasPairs))
  func vectored() throws(IOError) {
    let pipe = try PipeEnds()
    let (first, second): ([UInt8], [UInt8]) = ([1, 2, 3], [4, 5, 6, 7, 8])
    var storage = IOVectorStorage<2>()
    var vector = storage.makeVector()
    vector.append(first.span)
    vector.append(second.span)
    #expect(try pipe.writer.write(vector) == 8)
    var (head, tail): ([UInt8], [UInt8]) = ([0, 0, 0, 0, 0], [0, 0, 0])
    for expected in [8, nil] as [Int?] {
      // The storage of the write serves the reads as well.
      var buffers = storage.makeMutableVector()
      buffers.append(head.mutableSpan)
      buffers.append(tail.mutableSpan)
      let moved = try pipe.reader.read(into: buffers)
      #expect(moved == expected)
      #expect(head + tail == first + second)
    }
  }

  @Test("PIPE-08 A registered end that is dropped or closed is told of no more", .enabled(if: Backend.hasPairs))
  func endsTheRegistration() async {
    await #expect(processExitsWith: .success) {
      try onBackend { () throws(IOError) in
        var loop = try Loop()
        for isClosed in [false, true] {
          var pipe = try PipeEnds()
          try loop.registry.register(&pipe.reader, token: 1, interests: .readable)
          try loop.registry.register(&pipe.writer, token: 2, interests: .writable)
          #expect(try pipe.writer.write(message.span) == 11)
          try loop.expectBothEnds()
          let reader = pipe.reader
          let writer = pipe.writer
          // Dropping the reader tells the writer; what it would have told of itself goes with it.
          #expect(try writer.write(message.span) == 11)
          if isClosed { try reader.close() } else { _ = consume reader }
          let events = try loop.gatherUntilQuiet()
          #expect(events.allSatisfy { $0.token == 2 } as Bool, "\(events)")
          if isClosed { try writer.close() } else { _ = consume writer }
          try loop.expectQuiet()
          // A pipe that takes over the numbers is not told of either.
          let next = try PipeEnds()
          #expect(try next.writer.write(message.span) == 11)
          try loop.expectQuiet()
        }
      }
    }
  }
}

extension Loop {
  fileprivate mutating func expectBothEnds() throws(IOError) {
    let tokens = try gather(polls: 3) { Set($0.map(\.token)) == [1, 2] }.map(\.token)
    #expect(Set(tokens) == [1, 2])
  }
}
