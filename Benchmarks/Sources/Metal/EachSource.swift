// Uses each kind of source, and each form of reading and writing: in the benchmarks, to show that none of it allocates,
// and as Embedded Swift on the simulated kernel, to show that it compiles and runs there. A program names the selector.

import MetalCore
#if hasFeature(Embedded)
import MetalKqueue
import MetalKqueueSim
#endif

private typealias Bytes = InlineArray<64, UInt8>
private typealias Block = InlineArray<65_536, UInt8>

/// A source that bytes are read from: a socket or the reading end of a pipe.
protocol Reader: DescriptorSource, ~Copyable where S == BenchmarkSelector {
  func read<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(into buffer: consuming Buffer) throws(IOError) -> Int?
}

/// A source that bytes are written to: a socket or the writing end of a pipe.
protocol Writer: DescriptorSource, ~Copyable where S == BenchmarkSelector {
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
struct EachSource: ~Copyable {
  let kernel: BenchmarkSelector.K
  /// Names that are free.
  let names: (UnixAddress, UnixAddress, UnixAddress)
  var poll: BenchmarkSelector.Poll
  var events = BenchmarkSelector.Events(capacity: 100)
  private var input: [UInt8] = []

  init(on kernel: BenchmarkSelector.K, names: (UnixAddress, UnixAddress, UnixAddress)) throws(IOError) {
    self.kernel = kernel
    self.names = names
    poll = try BenchmarkSelector.Poll(on: kernel)
    input.reserveCapacity(64)
  }

  mutating func useAll() throws(IOError) {
    let listener = try BenchmarkSelector.TCPListener(
      bindingTo: anyPort, backlog: 16, options: [.reusePort(true), .receiveBufferSize(1 << 16)], on: kernel)
    try listener.setOption(.hopLimit, to: try listener.option(.hopLimit))
    let client = try BenchmarkSelector.TCPStream(
      connectingTo: listener.localAddress, from: anyPort, options: [.noDelay(true), .keepAliveIdle(.seconds(1))],
      on: kernel)
    try keep(client, .noDelay)
    try keep(client, .keepAlive)
    try keep(client, .keepAliveIdle)
    try keep(client, .keepAliveInterval)
    try keep(client, .keepAliveProbes)
    try keep(client, .hopLimit)
    try meet(listener, client)
    let local = try BenchmarkSelector.UnixListener(bindingTo: names.0, backlog: 1, options: [.linger(nil)], on: kernel)
    try meet(local, BenchmarkSelector.UnixStream(connectingTo: names.0, options: [.sendBufferSize(65_536)], on: kernel))

    let fourth = try BenchmarkSelector.UDPSocket(
      bindingTo: anyPort, options: [.broadcast(true), .hopLimit(3)], on: kernel)
    try keep(fourth, .broadcast)
    try keep(fourth, .hopLimit)
    try keep(fourth, .multicastLoopbackV4)
    try keep(fourth, .multicastHopLimitV4)
    try keep(fourth, .multicastInterfaceV4)
    try fourth.join(.v4(IPv4Address(224, 0, 0, 1), interface: .loopback))
    try fourth.leave(.v4(IPv4Address(224, 0, 0, 1), interface: .loopback))
    try exchange(fourth, BenchmarkSelector.UDPSocket(bindingTo: anyPort, on: kernel))
    let sixth = try BenchmarkSelector.UDPSocket(bindingTo: SocketAddress(IPv6Address.loopback, port: 0), on: kernel)
    _ = try sixth.option(.ipv6Only)
    try keep(sixth, .multicastLoopbackV6)
    try keep(sixth, .multicastHopLimitV6)
    try keep(sixth, .multicastInterfaceV6)
    let first = try BenchmarkSelector.UnixDatagramSocket(
      bindingTo: names.1, options: [.sendBufferSize(4_096)], on: kernel)
    try exchange(first, BenchmarkSelector.UnixDatagramSocket(bindingTo: names.2, on: kernel))
    _ = try BenchmarkSelector.UnixDatagramSocket(options: [.receiveBufferSize(4_096)], on: kernel)
    let datagrams = try BenchmarkSelector.UnixDatagramSocket.pair(on: kernel)
    try datagrams.first.shutdown(.both)

    let streams = try BenchmarkSelector.UnixStream.pair(on: kernel)
    try fill(streams.first, streams.second, thenThrows: .brokenPipe)
    let pipe = try BenchmarkSelector.PipeEnds(on: kernel)
    try pipe.writer.setNonBlocking(true)
    try pipe.reader.setNonBlocking(true)
    try fill(pipe.writer, pipe.reader, thenThrows: .brokenPipe)
    try end(BenchmarkSelector.PipeEnds(on: kernel))
  }

  /// Accepts a connection, exchanges bytes over it, and closes both ends.
  private mutating func meet<Address: EndpointAddress>(
    _ listener: consuming ListeningSocket<BenchmarkSelector, Address>,
    _ client: consuming StreamSocket<BenchmarkSelector, Address>
  ) throws(IOError) {
    try register(&listener, .readable)
    let accepted = try wait { () throws(IOError) in try listener.accept() }
    require(try listener.accept() == nil)
    require(try accepted.peerAddress == client.localAddress)
    require(try listener.localAddress == client.peerAddress)
    var server = accepted.stream
    try keep(client, .sendBufferSize)
    try keep(client, .receiveBufferSize)
    try keep(client, .linger)
    // Reset when closed, so that its port is not occupied for a minute.
    try client.setOption(.linger, to: .zero)
    try register(&client, .readable)
    try register(&server, [.readable, .writable])
    try pass(from: client, to: server)
    try pass(from: server, to: client)
    var bytes = Bytes(repeating: 7)
    var storage = IOVectorStorage<2>()
    require(try client.peek(into: bytes.mutableSpan) == nil)
    require(try server.write(bytes.span) == 64)
    require(try wait { () throws(IOError) in try client.peek(into: bytes.mutableSpan) } == 64)
    require(try client.peek(into: storage.vector(bytes.mutableSpan)) == 64)
    require(try client.read(appendingTo: &input, atMost: 64) == 64)
    input.removeAll(keepingCapacity: true)
    try server.shutdown(.write)
    require(try server.takePendingError() == nil)
    require(try wait { () throws(IOError) in try client.read(into: bytes.mutableSpan) } == 0)
    try server.close()
    try client.close()
    require(try listener.takePendingError() == nil)
    try listener.close()
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
    require(try right.send(storage.vector(bytes.span, more.span), to: datagram.source) == 128)
    let peeked = try wait { () throws(IOError) in try left.peek(into: bytes.mutableSpan) }
    require(peeked.isTruncated && peeked.source == there)
    require(try left.receive(into: bytes.mutableSpan)?.isTruncated == true)
    require(try left.peek(into: storage.vector(bytes.mutableSpan)) == nil)
    require(try left.receive(into: bytes.mutableSpan) == nil)
    try left.connect(to: there)
    try right.connect(to: here)
    require(try left.peerAddress == there)
    require(try left.takePendingError() == nil)
    try pass(from: left, to: right)
    try pass(from: right, to: left)
    try left.close()
    try right.close()
  }

  /// Writes until a write would block, drains the reader, closes it, and expects the writer's error.
  mutating func fill<From: Writer & ~Copyable, To: Reader & ~Copyable>(
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

  /// Reads what a pipe has, and its end.
  private mutating func end(_ pipe: consuming BenchmarkSelector.PipeEnds) throws(IOError) {
    var bytes = Bytes(repeating: 7)
    require(try pipe.writer.write(bytes.span) == 64)
    try pipe.writer.close()
    require(try pipe.reader.read(appendingTo: &input, atMost: 64) == 64)
    input.removeAll(keepingCapacity: true)
    require(try pipe.reader.read(into: bytes.mutableSpan) == 0)
  }

  /// Passes bytes from one end to the other in each form, and reads until a read would block.
  private mutating func pass<From: Writer & ~Copyable, To: Reader & ~Copyable>(
    from writer: borrowing From, to reader: borrowing To
  ) throws(IOError) {
    var (bytes, more) = (Bytes(repeating: 7), Bytes(repeating: 7))
    require(try writer.write(bytes.span) == 64)
    require(try wait { () throws(IOError) in try reader.read(into: bytes.mutableSpan) } == 64)
    require(try reader.read(into: bytes.mutableSpan) == nil)
    // Safety: bytes of any value are bytes; so it is below.
    require(try unsafe writer.write(bytes.span.bytes) == 64)
    let raw = try wait { () throws(IOError) in
      var span = bytes.mutableSpan
      return try unsafe reader.read(into: span.mutableBytes)
    }
    require(raw == 64)
    var storage = IOVectorStorage<2>()
    require(try writer.write(storage.vector(bytes.span, more.span)) == 128)
    let count = try wait { () throws(IOError) in
      var room = storage.vector(bytes.mutableSpan)
      room.append(more.mutableSpan)
      return try reader.read(into: room)
    }
    require(count == 128)
    require(try reader.read(into: bytes.mutableSpan) == nil)
  }

  /// Registers, deregisters and reregisters a source, and tries what the registry refuses; leaves it registered.
  private func register<T: DescriptorSource & ~Copyable>(_ source: inout T, _ interests: Interests) throws(IOError)
  where T.S == BenchmarkSelector {
    let registry = poll.registry
    try registry.register(&source, token: 1, interests: interests)
    try registry.deregister(&source)
    try expect(.notFound) { () throws(IOError) in try registry.deregister(&source) }
    require(try source.perform { descriptor throws(IOError) in Int(descriptor) } == Int(source.rawDescriptor))
    source = T(adopting: source.releaseDescriptor())
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

  mutating func wait() throws(IOError) {
    try poll.wait(into: &events, timeout: .seconds(5))
    require(!events.isEmpty)
  }
}

var anyPort: SocketAddress { SocketAddress(IPv4Address.loopback, port: 0) }

/// Ends the program unless what was done is what was to be.
func require(_ condition: Bool, file: StaticString = #fileID, line: Int = #line) {
  if !condition { fail("\(file):\(line): the program has done something else than was to be") }
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

// Sets an option to the value that it has.

private func keep<A, V>(
  _ stream: borrowing StreamSocket<BenchmarkSelector, A>, _ option: SocketOption<SocketKind.Stream, A, V>
) throws(IOError) { try stream.setOption(option, to: try stream.option(option)) }

private func keep<A, V>(
  _ socket: borrowing DatagramSocket<BenchmarkSelector, A>, _ option: SocketOption<SocketKind.Datagram, A, V>
) throws(IOError) { try socket.setOption(option, to: try socket.option(option)) }

extension IOVectorStorage {
  @_lifetime(&self, copy first, copy second)
  fileprivate mutating func vector(_ first: Span<UInt8>, _ second: Span<UInt8>) -> IOVector {
    var vector = makeVector()
    vector.append(first)
    vector.append(second)
    return vector
  }

  @_lifetime(&self, copy bytes)
  fileprivate mutating func vector(_ bytes: consuming MutableSpan<UInt8>) -> MutableIOVector {
    var vector = makeMutableVector()
    vector.append(bytes)
    return vector
  }
}
