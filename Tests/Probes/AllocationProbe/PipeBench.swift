import MetalIO

/// A pipe, and the poll that both its ends are registered with.
struct PipeBench: ~Copyable {
  var poll: Poll
  var events: Events
  var reader: PipeReader
  var writer: PipeWriter
  var buffer = InlineArray<65_536, UInt8>(repeating: 7)
  var overflow = InlineArray<64, UInt8>(repeating: 0)

  init() throws(IOError) {
    let poll = try Poll()
    let pipe = try PipeEnds()
    var reader = pipe.reader
    var writer = pipe.writer
    try poll.registry.register(&reader, token: 1, interests: .readable)
    try poll.registry.register(&writer, token: 2, interests: .writable)

    self.poll = poll
    self.events = Events(capacity: 16)
    self.reader = reader
    self.writer = writer
  }

  /// Bytes through the pipe, until a read would block.
  mutating func exchange() throws(IOError) {
    require(try writer.write(buffer.span.extracting(..<64)) == 64)
    try poll.wait(into: &events, timeout: .seconds(5))
    require(try reader.read(into: buffer.mutableSpan) == 64)
    require(try reader.read(into: buffer.mutableSpan) == nil)
  }

  /// The vectored forms.
  mutating func scatter() throws(IOError) {
    var storage = IOVectorStorage<2>()
    var vector = storage.makeVector()
    vector.append(buffer.span.extracting(..<32))
    vector.append(buffer.span.extracting(32..<64))
    require(try writer.write(vector) == 64)
    try poll.wait(into: &events, timeout: .seconds(5))
    var room = IOVectorStorage<2>()
    var target = room.makeMutableVector()
    target.append(overflow.mutableSpan)
    target.append(buffer.mutableSpan)
    require(try reader.read(into: target) == 64)
  }

  /// A pipe that is filled to the brim and emptied to the ground.
  mutating func fill() throws(IOError) {
    while try writer.write(buffer.span) != nil {}
    while let count = try reader.read(into: buffer.mutableSpan), count > 0 {}
  }

  /// Pipes whose other end is gone.
  mutating func fail() throws(IOError) {
    let unread = try PipeEnds()
    var writer = unread.writer
    try poll.registry.register(&writer, token: 3, interests: .writable)
    try unread.reader.close()
    try expect(.brokenPipe) { () throws(IOError) in try writer.write(buffer.span) }
    try poll.wait(into: &events, timeout: .seconds(5))
    let unwritten = try PipeEnds()
    try unwritten.writer.close()
    require(try unwritten.reader.read(into: buffer.mutableSpan) == 0)
  }
}
