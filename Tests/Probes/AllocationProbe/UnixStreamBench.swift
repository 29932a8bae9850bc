import MetalIO

/// A pair of Unix streams and a listener, and the poll that they are registered with.
struct UnixStreamBench: ~Copyable {
  var poll: Poll
  var events: Events
  var left: UnixStream
  var right: UnixStream
  var listener: UnixListener
  let address: UnixAddress
  var buffer = InlineArray<4096, UInt8>(repeating: 7)
  var overflow = InlineArray<64, UInt8>(repeating: 0)

  init() throws(IOError) {
    let poll = try Poll()
    let pair = try UnixStream.pair()
    var left = pair.first
    var right = pair.second
    // An abstract name leaves no file behind.
    var listener = try UnixListener(bindingTo: try freshName())
    let address = try listener.localAddress
    try poll.registry.register(&left, token: 1, interests: .readable)
    try poll.registry.register(&right, token: 2, interests: .readable)
    try poll.registry.register(&listener, token: 3, interests: .readable)

    self.poll = poll
    self.events = Events(capacity: 16)
    self.left = left
    self.right = right
    self.listener = listener
    self.address = address
  }

  /// Bytes there and back.
  mutating func echo() throws(IOError) {
    require(try left.write(buffer.span.extracting(..<64)) == 64)
    try poll.wait(into: &events, timeout: .seconds(5))
    require(try right.read(into: buffer.mutableSpan) == 64)
    require(try right.write(buffer.span.extracting(..<64)) == 64)
    try poll.wait(into: &events, timeout: .seconds(5))
    require(try left.read(into: buffer.mutableSpan) == 64)
    require(try left.read(into: buffer.mutableSpan) == nil)
  }

  /// The vectored forms.
  mutating func scatter() throws(IOError) {
    var storage = IOVectorStorage<2>()
    var vector = storage.makeVector()
    vector.append(buffer.span.extracting(..<32))
    vector.append(buffer.span.extracting(32..<64))
    require(try left.write(vector) == 64)
    try poll.wait(into: &events, timeout: .seconds(5))
    var room = IOVectorStorage<2>()
    var target = room.makeMutableVector()
    target.append(overflow.mutableSpan)
    target.append(buffer.mutableSpan)
    require(try right.read(into: target) == 64)
  }

  /// What an empty stream says, and one whose peer is gone.
  mutating func fail() throws(IOError) {
    require(try left.write(buffer.span.extracting(..<64)) == 64)
    require(try right.peek(into: buffer.mutableSpan) == 64)
    require(try right.read(into: buffer.mutableSpan) == 64)
    require(try right.read(into: buffer.mutableSpan) == nil)
    require(try right.peek(into: buffer.mutableSpan) == nil)
    let pair = try UnixStream.pair()
    let survivor = pair.first
    try pair.second.close()
    try expect(.brokenPipe) { () throws(IOError) in try survivor.write(buffer.span) }
  }

  /// Connect, accept, register, close.
  mutating func connect() throws(IOError) {
    var client = try UnixStream(connectingTo: address)
    try poll.wait(into: &events, timeout: .seconds(5))
    guard let accepted = try listener.accept() else { return require(false) }
    require(try listener.accept() == nil)
    try poll.registry.register(&client, token: 4, interests: .writable)
    try poll.wait(into: &events, timeout: .seconds(5))
    try accepted.stream.close()
  }
}
