// Uses each kind of source, and each form of reading and writing.

public import MetalCore
internal import MetalKqueue
internal import MetalKqueueSim

func useSources(_ node: SimulatedKernel) throws(IOError) {
  let poll = try Selector.Poll(on: node)
  try useTCP(node, poll.registry)
  try useUDP(node, poll.registry)
  try useUnix(node, poll.registry)
  try usePipe(node, poll.registry)
}

func useTCP(_ node: SimulatedKernel, _ registry: Registry) throws(IOError) {
  guard let address = SocketAddress("127.0.0.1:0") else { throw IOError(.invalidInput) }
  let listener = try Selector.TCPListener(
    bindingTo: address, backlog: 16, options: [.reusePort(true), .receiveBufferSize(1 << 16)], on: node)
  try listener.setOption(.hopLimit, to: try listener.option(.hopLimit))
  let options: [SocketSetting<SocketKind.Stream, SocketAddress>] = [.noDelay(true), .keepAliveIdle(.seconds(1))]
  let client = try Selector.TCPStream(connectingTo: listener.localAddress, from: address, options: options, on: node)
  try keep(client, .noDelay, .keepAlive)
  try keep(client, .keepAliveIdle, .keepAliveInterval)
  try keep(client, .hopLimit, .keepAliveProbes)
  try useConnection(client, listener, registry)
}

func useUDP(_ node: SimulatedKernel, _ registry: Registry) throws(IOError) {
  let fourth = SocketAddress(IPv4Address.loopback, port: 0)
  let socket = try Selector.UDPSocket(bindingTo: fourth, options: [.broadcast(true), .hopLimit(3)], on: node)
  try keep(socket, .broadcast, .multicastLoopbackV4)
  try keep(socket, .hopLimit, .multicastHopLimitV4)
  try keep(socket, .multicastInterfaceV4)
  try socket.join(.v4(IPv4Address(224, 0, 0, 1), interface: .unspecified))
  try socket.leave(.v4(IPv4Address(224, 0, 0, 1), interface: .unspecified))
  try useDatagrams(socket, Selector.UDPSocket(bindingTo: fourth, on: node), registry)

  let sixth = SocketAddress(IPv6Address.loopback, port: 0)
  let other = try Selector.UDPSocket(bindingTo: sixth, on: node)
  _ = try other.option(.ipv6Only)
  try keep(other, .multicastLoopbackV6)
  try keep(other, .multicastHopLimitV6)
  try keep(other, .multicastInterfaceV6)
}

func useUnix(_ node: SimulatedKernel, _ registry: Registry) throws(IOError) {
  guard let first = UnixAddress("/first"), let second = UnixAddress("/second"), let third = UnixAddress("/third")
  else { throw IOError(.invalidInput) }
  let listener = try Selector.UnixListener(bindingTo: first, backlog: 1, options: [.linger(nil)], on: node)
  let client = try Selector.UnixStream(connectingTo: first, options: [.sendBufferSize(4096)], on: node)
  try useConnection(client, listener, registry)
  let streams = try Selector.UnixStream.pair(on: node)
  try moveBytes(streams.first, streams.second)

  let socket = try Selector.UnixDatagramSocket(bindingTo: second, options: [.sendBufferSize(1024)], on: node)
  try useDatagrams(socket, Selector.UnixDatagramSocket(bindingTo: third, on: node), registry)
  _ = try Selector.UnixDatagramSocket(options: [.receiveBufferSize(1024)], on: node)
  let sockets = try Selector.UnixDatagramSocket.pair(on: node)
  try sockets.first.shutdown(.both)
}

func usePipe(_ node: SimulatedKernel, _ registry: Registry) throws(IOError) {
  let pipe = try Selector.PipeEnds(on: node)
  var reader = pipe.reader
  var writer = pipe.writer
  try useSource(&reader, registry)
  try useSource(&writer, registry)
  try reader.setNonBlocking(true)
  try writer.setNonBlocking(true)
  var bytes = Bytes(repeating: 1)
  var input: [UInt8] = []
  var storage = IOVectorStorage<2>()
  expect(16, try writer.write(bytes.span))
  expect(32, try writer.write(storage.vector(bytes.span)))
  expect(16, try reader.read(appendingTo: &input, atMost: 16))
  expect(16, try reader.read(into: bytes.mutableSpan))
  expect(16, try reader.read(into: storage.vector(bytes.mutableSpan)))
  if let copy = try reader.perform({ descriptor throws(IOError) in try node.duplicate(descriptor) }) {
    try node.close(copy)
  }
  try reader.close()
}

// MARK: - Generic over the source

func useSource<T: DescriptorSource<Selector> & ~Copyable>(_ source: inout T, _ registry: Registry) throws(IOError) {
  try registry.register(&source, token: 1, interests: .readable)
  try registry.reregister(&source, token: 2, interests: [.readable, .writable])
  try registry.deregister(&source)
  expect(Int(source.rawDescriptor), try source.perform { descriptor throws(IOError) in Int(descriptor) })
  source = T(adopting: source.releaseDescriptor())
}

/// Sets each option to the value that it has.
func keep<A, V>(_ stream: borrowing Stream<A>, _ options: SocketOption<SocketKind.Stream, A, V>...) throws(IOError) {
  for option in options { try stream.setOption(option, to: try stream.option(option)) }
}

func keep<A, V>(
  _ socket: borrowing Datagrams<A>, _ options: SocketOption<SocketKind.Datagram, A, V>...
) throws(IOError) {
  for option in options { try socket.setOption(option, to: try socket.option(option)) }
}

/// Accepts the connection of a client, and moves bytes on it.
func useConnection<A>(
  _ client: consuming Stream<A>, _ listener: consuming ListeningSocket<Selector, A>, _ registry: Registry
) throws(IOError) {
  try useSource(&listener, registry)
  try useSource(&client, registry)
  guard let accepted = try listener.accept() else { throw IOError(.notConnected) }
  expect(accepted.peerAddress, try client.localAddress)
  expect(try listener.localAddress, try client.peerAddress)
  try keep(client, .linger)
  try keep(client, .sendBufferSize, .receiveBufferSize)
  try moveBytes(client, accepted.stream)
  expect(nil, try listener.takePendingError())
  try accepted.stream.close()
  try listener.close()
}

/// Writes to a stream and reads from its peer in each form.
func moveBytes<A>(_ stream: borrowing Stream<A>, _ peer: borrowing Stream<A>) throws(IOError) {
  var bytes = Bytes(repeating: 1)
  var input: [UInt8] = []
  var storage = IOVectorStorage<2>()
  expect(16, try stream.write(bytes.span))
  // Safety: bytes of any value are bytes.
  expect(16, try unsafe stream.write(bytes.span.bytes))
  expect(32, try stream.write(storage.vector(bytes.span)))
  expect(16, try peer.peek(into: bytes.mutableSpan))
  expect(16, try peer.peek(into: storage.vector(bytes.mutableSpan)))
  expect(16, try peer.read(into: bytes.mutableSpan))
  var span = bytes.mutableSpan
  // Safety: bytes of any value are bytes.
  expect(16, try unsafe peer.read(into: span.mutableBytes))
  expect(16, try peer.read(appendingTo: &input, atMost: 16))
  expect(16, try peer.read(into: storage.vector(bytes.mutableSpan)))
  expect(try stream.localAddress, try peer.peerAddress)
  try stream.shutdown(.both)
  expect(nil, try stream.takePendingError())
}

/// Sends from one socket to another in each form, and receives there in each form.
func useDatagrams<A>(
  _ socket: consuming Datagrams<A>, _ other: borrowing Datagrams<A>, _ registry: Registry
) throws(IOError) {
  try useSource(&socket, registry)
  var bytes = Bytes(repeating: 1)
  var storage = IOVectorStorage<2>()
  let address = try other.localAddress
  expect(16, try socket.send(bytes.span, to: address))
  expect(32, try socket.send(storage.vector(bytes.span), to: address))
  try socket.connect(to: address)
  expect(16, try socket.send(bytes.span))
  expect(32, try socket.send(storage.vector(bytes.span)))
  expect(16, try other.peek(into: bytes.mutableSpan)?.count)
  expect(16, try other.receive(into: bytes.mutableSpan)?.count)
  expect(16, try other.peek(into: storage.vector(bytes.mutableSpan))?.count)
  let datagram = try other.receive(into: storage.vector(bytes.mutableSpan))
  expect(try socket.localAddress, datagram?.source)
  expect(address, try socket.peerAddress)
  expect(nil, try socket.takePendingError())
  try socket.close()
}

extension IOVectorStorage {
  @_lifetime(&self, copy bytes)
  mutating func vector(_ bytes: Span<UInt8>) -> IOVector {
    var vector = makeVector()
    vector.append(bytes)
    vector.append(bytes)
    return vector
  }

  @_lifetime(&self, copy bytes)
  mutating func vector(_ bytes: consuming MutableSpan<UInt8>) -> MutableIOVector {
    var vector = makeMutableVector()
    vector.append(bytes)
    return vector
  }
}

/// Instantiates the default kernel of sources and polls; nothing calls it, because Embedded Swift cannot bind one.
public func useBoundKernel() throws(IOError) { _ = try Selector.Poll() }
