import MetalCore

/// Does each thing that an event loop does, with every kind of source; none of them may allocate.
///
/// An operation is one turn of all of them.
func runThings(_ options: Options) throws(IOError) {
  let poll = try Poll()
  let waker = try poll.registry.makeWaker(token: 0)
  let name = "metal-benchmark-\(UInt64.random(in: .min ... .max))"
  var things = Things(
    poll: poll, waker: waker, near: try UnixAddress(abstractName: name + "-near"),
    far: try UnixAddress(abstractName: name + "-far"), crowd: try Crowd(100))
  try options.measureRounds { _ throws(IOError) in try things.doAll() }
}

private typealias Bytes = InlineArray<64, UInt8>
private typealias Block = InlineArray<65_536, UInt8>

/// A source that bytes are read from: a socket or the reading end of a pipe.
private protocol Reader: DescriptorSource, ~Copyable where S == BenchmarkSelector {
  func read<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(into buffer: consuming Buffer) throws(IOError) -> Int?
}

/// A source that bytes are written to: a socket or the writing end of a pipe.
private protocol Writer: DescriptorSource, ~Copyable where S == BenchmarkSelector {
  func write<Bytes: IOBytes & ~Copyable & ~Escapable>(_ bytes: borrowing Bytes) throws(IOError) -> Int?
}

extension StreamSocket: Reader, Writer where S == BenchmarkSelector {}
extension PipeReader: Reader where S == BenchmarkSelector {}
extension PipeWriter: Writer where S == BenchmarkSelector {}

extension DatagramSocket: Reader, Writer where S == BenchmarkSelector {
  func read<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(into buffer: consuming Buffer) throws(IOError) -> Int? {
    try receive(into: buffer)?.count
  }

  func write<Bytes: IOBytes & ~Copyable & ~Escapable>(_ bytes: borrowing Bytes) throws(IOError) -> Int? {
    try send(bytes)
  }
}

/// A poll, and a method for each family of sources, which opens some, uses them and closes them.
private struct Things: ~Copyable {
  var poll: Poll
  var events = Events(capacity: 100)
  let waker: Waker<BenchmarkSelector>
  /// Two abstract names, which leave no file behind.
  let near: UnixAddress
  let far: UnixAddress
  var crowd: Crowd

  mutating func doAll() throws(IOError) {
    let tcpListener = try TCPListener(bindingTo: anyPort)
    let tcpClient = try TCPStream(connectingTo: tcpListener.localAddress)
    try meet(tcpListener, tcpClient)
    let unixListener = try UnixListener(bindingTo: near)
    try meet(unixListener, UnixStream(connectingTo: near))
    try exchange(UDPSocket(bindingTo: anyPort), UDPSocket(bindingTo: anyPort))
    try exchange(UnixDatagramSocket(bindingTo: near), UnixDatagramSocket(bindingTo: far))
    let streams = try UnixStream.pair()
    try fill(streams.first, streams.second, thenThrows: .brokenPipe)
    let datagrams = try UnixDatagramSocket.pair()
    try fill(datagrams.first, datagrams.second, thenThrows: .connectionRefused)
    let pipe = try PipeEnds()
    try fill(pipe.writer, pipe.reader, thenThrows: .brokenPipe)
    let ended = try PipeEnds()
    var bytes = Bytes(repeating: 7)
    try ended.writer.close()
    require(try ended.reader.read(into: bytes.mutableSpan) == 0)
    try gather()
  }

  /// Accepts a connection, exchanges bytes over it, and closes both ends.
  private mutating func meet<Address: EndpointAddress>(
    _ listener: consuming ListeningSocket<BenchmarkSelector, Address>,
    _ client: consuming StreamSocket<BenchmarkSelector, Address>
  ) throws(IOError) {
    try register(&listener, .readable)
    let accepted = try wait { () throws(IOError) in try listener.accept() }
    require(try listener.accept() == nil)
    var server = accepted.stream
    // Reset when closed, so that its port is not occupied for a minute.
    try client.setOption(.linger, to: .zero)
    try register(&client, .readable)
    try register(&server, [.readable, .writable])
    try pass(from: client, to: server)
    try pass(from: server, to: client)
    var bytes = Bytes(repeating: 7)
    require(try client.peek(into: bytes.mutableSpan) == nil)
    require(try server.write(bytes.span) == 64)
    require(try wait { () throws(IOError) in try client.peek(into: bytes.mutableSpan) } == 64)
    require(try client.read(into: bytes.mutableSpan) == 64)
    try server.close()
    require(try wait { () throws(IOError) in try client.read(into: bytes.mutableSpan) } == 0)
    try client.close()
  }

  /// Exchanges datagrams: to an address, longer than the buffer, and between connected sockets.
  private mutating func exchange<Address: EndpointAddress>(
    _ left: consuming DatagramSocket<BenchmarkSelector, Address>,
    _ right: consuming DatagramSocket<BenchmarkSelector, Address>
  ) throws(IOError) {
    try register(&left, .readable)
    try register(&right, [.readable, .writable])
    let (here, there) = (try left.localAddress, try right.localAddress)
    var (bytes, more) = (Bytes(repeating: 7), Bytes(repeating: 7))
    var storage = IOVectorStorage<2>()
    require(try left.send(bytes.span, to: there) == 64)
    let datagram = try wait { () throws(IOError) in try right.receive(into: bytes.mutableSpan) }
    require(datagram.count == 64 && !datagram.isTruncated && datagram.source == here)
    require(try right.send(vector(bytes.span, more.span, &storage), to: datagram.source) == 128)
    let peeked = try wait { () throws(IOError) in try left.peek(into: bytes.mutableSpan) }
    require(peeked.isTruncated && peeked.source == there)
    require(try left.receive(into: bytes.mutableSpan)?.isTruncated == true)
    require(try left.peek(into: bytes.mutableSpan) == nil)
    require(try left.receive(into: bytes.mutableSpan) == nil)
    try left.connect(to: there)
    try right.connect(to: here)
    try pass(from: left, to: right)
    try pass(from: right, to: left)
    try left.close()
    try right.close()
  }

  /// Writes until a write would block, drains the reader, closes it, and expects the writer's error.
  private mutating func fill<From: Writer & ~Copyable, To: Reader & ~Copyable>(
    _ writer: consuming From, _ reader: consuming To, thenThrows error: IOError.Kind
  ) throws(IOError) {
    try register(&writer, .writable)
    try register(&reader, .readable)
    try pass(from: writer, to: reader)
    var block = Block(repeating: 7)
    while try writer.write(block.span) != nil {}
    while try reader.read(into: block.mutableSpan) != nil {}
    try reader.close()
    try expect(error) { () throws(IOError) in try writer.write(block.span) }
    try wait()
  }

  /// Passes bytes from one end to the other, from one buffer and from two, and reads until a read would block.
  private mutating func pass<From: Writer & ~Copyable, To: Reader & ~Copyable>(
    from writer: borrowing From, to reader: borrowing To
  ) throws(IOError) {
    var (bytes, more) = (Bytes(repeating: 7), Bytes(repeating: 7))
    require(try writer.write(bytes.span) == 64)
    require(try wait { () throws(IOError) in try reader.read(into: bytes.mutableSpan) } == 64)
    require(try reader.read(into: bytes.mutableSpan) == nil)
    var storage = IOVectorStorage<2>()
    require(try writer.write(vector(bytes.span, more.span, &storage)) == 128)
    let count = try wait { () throws(IOError) in
      var room = storage.makeMutableVector()
      room.append(bytes.mutableSpan)
      room.append(more.mutableSpan)
      return try reader.read(into: room)
    }
    require(count == 128)
    require(try reader.read(into: bytes.mutableSpan) == nil)
  }

  /// Waits for more sources than a table has room for at first, for a wake, and for nothing.
  private mutating func gather() throws(IOError) {
    let registry = poll.registry
    try crowd.register(with: registry, .writable)
    try wait()
    require(events.count == 100)
    try crowd.readers.updateEach { _, source throws(IOError) in try registry.deregister(&source) }
    try waker.wake()
    try wait()
    try poll.wait(into: &events, timeout: .zero)
    try poll.wait(into: &events, timeout: .microseconds(1))
    require(events.isEmpty)
  }

  /// Registers, deregisters and reregisters a source, and tries what the registry refuses; leaves it registered.
  private func register<T: DescriptorSource & ~Copyable>(_ source: inout T, _ interests: Interests) throws(IOError)
  where T.S == BenchmarkSelector {
    let registry = poll.registry
    try registry.register(&source, token: 1, interests: interests)
    try registry.deregister(&source)
    try expect(.notFound) { () throws(IOError) in try registry.deregister(&source) }
    try registry.register(&source, token: 2, interests: interests)
    try expect(.alreadyExists) { () throws(IOError) in
      try registry.register(&source, token: 3, interests: interests)
    }
    try registry.reregister(&source, token: 3, interests: interests)
  }

  /// Waits until an operation, which would block before, returns something.
  private mutating func wait<R: ~Copyable>(_ operation: () throws(IOError) -> R?) throws(IOError) -> R {
    while true {
      try wait()
      if let result = try operation() { return result }
    }
  }

  private mutating func wait() throws(IOError) {
    try poll.wait(into: &events, timeout: .seconds(5))
    require(!events.isEmpty)
  }
}

var anyPort: SocketAddress { SocketAddress(IPv4Address.loopback, port: 0) }

/// Ends the program unless what was done is what was to be.
func require(_ condition: Bool) {
  if !condition { fail("something else was moved or reported than was to be") }
}

/// Expects that an operation throws an error of a kind.
private func expect<R: ~Copyable>(_ kind: IOError.Kind, _ operation: () throws(IOError) -> R) throws(IOError) {
  do throws(IOError) {
    _ = try operation()
  } catch {
    if error.kind == kind { return } else { throw error }
  }
  fail("a call succeeded that should have thrown")
}

@_lifetime(&storage, copy first, copy second)
private func vector(_ first: Span<UInt8>, _ second: Span<UInt8>, _ storage: inout IOVectorStorage<2>) -> IOVector {
  var vector = storage.makeVector()
  vector.append(first)
  vector.append(second)
  return vector
}
