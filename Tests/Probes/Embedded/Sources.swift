// Calls every public generic of the sources; see NullKernel.swift.

/// Calls everything; public, so that it is kept.
public func instantiateSources() throws(IOError) -> String {
  let registry = try NullSelector.Poll().registry
  guard let address = SocketAddress("127.0.0.1:80"), let path = UnixAddress("/a\\x00@") else { return "" }

  var socket = try NullSelector.UDPSocket(bindingTo: address, options: [.broadcast(true), .hopLimit(3)])
  try useSource(&socket, registry)
  try useDatagrams(socket, address)
  try useUDPOptions(socket)
  var datagram = try NullSelector.UnixDatagramSocket(bindingTo: path, options: [.sendBufferSize(1)])
  try useSource(&datagram, registry)
  try useDatagrams(datagram, path)
  try datagram.shutdown(.both)
  _ = try NullSelector.UnixDatagramSocket(options: [.receiveBufferSize(1)])
  _ = try NullSelector.UnixDatagramSocket.pair()

  var listener = try NullSelector.UnixListener(bindingTo: path, backlog: 1, options: [.linger(nil)])
  try useSource(&listener, registry)
  var text = try listener.localAddress.description
  if let accepted = try listener.accept() {
    text += accepted.peerAddress.description
    try useStream(accepted.stream)
  }
  var stream = try NullSelector.UnixStream(connectingTo: path, options: [.sendBufferSize(1)])
  try useSource(&stream, registry)
  let pair = try NullSelector.UnixStream.pair()
  try useStream(pair.first)

  let pipe = try NullSelector.PipeEnds()
  var reader = pipe.reader
  var writer = pipe.writer
  try useSource(&reader, registry)
  try useSource(&writer, registry)
  try usePipe(reader, writer)
  try reader.close()
  return text
}

func useSource<T: DescriptorSource & ~Copyable>(_ source: inout T, _ registry: Registry<T.S>) throws(IOError) {
  try registry.register(&source, token: 1, interests: .readable)
  try registry.reregister(&source, token: 2, interests: .writable)
  try registry.deregister(&source)
  _ = source.rawDescriptor
  _ = try source.perform { descriptor throws(IOError) in descriptor }
  source = T(adopting: source.releaseDescriptor())
}

func useStream<A: EndpointAddress>(_ stream: borrowing StreamSocket<NullSelector, A>) throws(IOError) {
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  var other = InlineArray<16, UInt8>(repeating: 0)
  _ = try stream.read(into: buffer.mutableSpan)
  _ = try stream.peek(into: buffer.mutableSpan)
  do {
    var span = buffer.mutableSpan
    // Safety: bytes of any value are bytes.
    _ = try unsafe stream.read(into: span.mutableBytes)
  }
  var storage = IOVectorStorage<2>()
  do {
    var vector = storage.makeMutableVector()
    vector.append(buffer.mutableSpan)
    vector.append(other.mutableSpan)
    _ = try stream.read(into: vector)
  }
  do {
    var vector = storage.makeMutableVector()
    vector.append(buffer.mutableSpan)
    _ = try stream.peek(into: vector)
  }
  var input: [UInt8] = []
  _ = try stream.read(appendingTo: &input, atMost: 16)
  _ = try stream.write(buffer.span)
  // Safety: as above.
  _ = try unsafe stream.write(buffer.span.bytes)
  var vector = storage.makeVector()
  vector.append(buffer.span)
  vector.append(other.span)
  _ = try stream.write(vector)
  try stream.shutdown(.both)
  try stream.setOption(.linger, to: try stream.option(.linger))
  try stream.setOption(.sendBufferSize, to: try stream.option(.sendBufferSize))
  _ = try stream.localAddress
  _ = try stream.peerAddress
  _ = try stream.takePendingError()
}

func useStreamOptions(_ stream: borrowing NullSelector.TCPStream) throws(IOError) {
  try stream.setOption(.noDelay, to: try !stream.option(.noDelay))
  try stream.setOption(.hopLimit, to: try stream.option(.hopLimit))
  try stream.setOption(.keepAlive, to: try stream.option(.keepAlive))
  try stream.setOption(.keepAliveIdle, to: try stream.option(.keepAliveIdle))
  try stream.setOption(.keepAliveProbes, to: try stream.option(.keepAliveProbes))
}

func useDatagrams<A: EndpointAddress>(
  _ socket: borrowing DatagramSocket<NullSelector, A>, _ address: A
) throws(IOError) {
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  try socket.connect(to: address)
  _ = try socket.localAddress
  _ = try socket.peerAddress
  if let datagram = try socket.receive(into: buffer.mutableSpan) {
    _ = try socket.send(buffer.span.extracting(..<datagram.count), to: datagram.source)
  }
  _ = try socket.peek(into: buffer.mutableSpan)
  _ = try socket.send(buffer.span)
  var storage = IOVectorStorage<1>()
  do {
    var vector = storage.makeMutableVector()
    vector.append(buffer.mutableSpan)
    _ = try socket.receive(into: vector)
  }
  do {
    var vector = storage.makeMutableVector()
    vector.append(buffer.mutableSpan)
    _ = try socket.peek(into: vector)
  }
  var vector = storage.makeVector()
  vector.append(buffer.span)
  _ = try socket.send(vector)
  _ = try socket.send(vector, to: address)
  _ = try socket.takePendingError()
}

func useUDPOptions(_ socket: borrowing NullSelector.UDPSocket) throws(IOError) {
  try socket.setOption(.hopLimit, to: try socket.option(.hopLimit))
  try socket.setOption(.broadcast, to: try socket.option(.broadcast))
  _ = try socket.option(.ipv6Only)
  try socket.join(.v4(IPv4Address(224, 0, 0, 1), interface: .unspecified))
  try socket.leave(.v4(IPv4Address(224, 0, 0, 1), interface: .unspecified))
  try socket.setOption(.multicastLoopbackV4, to: try socket.option(.multicastLoopbackV4))
  try socket.setOption(.multicastHopLimitV4, to: try socket.option(.multicastHopLimitV4))
  try socket.setOption(.multicastInterfaceV4, to: try socket.option(.multicastInterfaceV4))
  try socket.setOption(.multicastLoopbackV6, to: try socket.option(.multicastLoopbackV6))
  try socket.setOption(.multicastHopLimitV6, to: try socket.option(.multicastHopLimitV6))
  try socket.setOption(.multicastInterfaceV6, to: try socket.option(.multicastInterfaceV6))
}

func usePipe(_ reader: borrowing NullSelector.PipeReader, _ writer: borrowing NullSelector.PipeWriter) throws(IOError) {
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  _ = try reader.read(into: buffer.mutableSpan)
  var input: [UInt8] = []
  _ = try reader.read(appendingTo: &input, atMost: 16)
  var storage = IOVectorStorage<1>()
  do {
    var vector = storage.makeMutableVector()
    vector.append(buffer.mutableSpan)
    _ = try reader.read(into: vector)
  }
  try reader.setNonBlocking(true)
  _ = try writer.write(buffer.span)
  var vector = storage.makeVector()
  vector.append(buffer.span)
  _ = try writer.write(vector)
  try writer.setNonBlocking(true)
}
