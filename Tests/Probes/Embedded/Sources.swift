// Calls every public generic of the datagram sockets, Unix-domain sockets and pipes; see NullKernel.swift.

/// Calls everything; public, so that it is kept.
public func instantiateSources() throws(IOError) -> String {
  let registry = try Poll<NullSelector>().registry
  guard let address = SocketAddress("127.0.0.1:80"), let path = UnixAddress("/a\\x00@") else { return "" }
  var options = SocketOptions()
  options.keepAlive = SocketOptions.KeepAlive(idle: .seconds(1))

  var socket = try UDPSocket<NullSelector>(bindingTo: address, options: options)
  try useSource(&socket, registry)
  try useUDP(socket, address)
  var datagram = try UnixDatagram<NullSelector>(bindingTo: path)
  try useSource(&datagram, registry)
  try useDatagram(datagram, path)
  _ = try UnixDatagram<NullSelector>(options: options)
  _ = try UnixDatagram<NullSelector>.pair()

  var listener = try UnixListener<NullSelector>(bindingTo: path)
  try useSource(&listener, registry)
  var text = try listener.localAddress.description
  if let accepted = try listener.acceptIfReady() { text += accepted.peerAddress.description }
  let accepted = try listener.accept()
  try useUnixStream(accepted.stream)
  var stream = try UnixStream<NullSelector>(connectingTo: path)
  try useSource(&stream, registry)
  let pair = try UnixStream<NullSelector>.pair()
  try useUnixStream(pair.first)

  let pipe = try Pipe<NullSelector>()
  var reader = pipe.reader
  var writer = pipe.writer
  try useSource(&reader, registry)
  try useSource(&writer, registry)
  try usePipe(reader, writer)
  try reader.close()
  return text
}

func useSource<T: Source & ~Copyable>(_ source: inout T, _ registry: Registry<T.S>) throws(IOError) {
  try registry.register(&source, token: 1, interests: .readable)
  try registry.reregister(&source, token: 2, interests: .writable)
  try registry.deregister(&source)
}

func useUDP(_ socket: borrowing UDPSocket<NullSelector>, _ address: SocketAddress) throws(IOError) {
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  try socket.connect(to: address)
  _ = try socket.localAddress
  _ = try socket.peerAddress
  _ = try socket.receive(into: buffer.mutableSpan)
  _ = try socket.receiveIfReady(into: buffer.mutableSpan)
  _ = try socket.receiveFrom(into: buffer.mutableSpan)
  _ = try socket.receiveFromIfReady(into: buffer.mutableSpan)
  _ = try socket.peek(into: buffer.mutableSpan)
  _ = try socket.peekIfReady(into: buffer.mutableSpan)
  _ = try socket.peekFrom(into: buffer.mutableSpan)
  _ = try socket.peekFromIfReady(into: buffer.mutableSpan)
  try socket.send(buffer.span)
  _ = try socket.sendIfReady(buffer.span)
  try socket.send(buffer.span, to: address)
  _ = try socket.sendIfReady(buffer.span, to: address)
  try useUDPVectors(socket, address, &buffer)
  try socket.setTimeToLive(try socket.timeToLive)
  try socket.setBroadcast(try socket.isBroadcast)
  _ = try socket.isOnlyV6
  try socket.join(.v4(IPv4Address(224, 0, 0, 1), interface: .any))
  try socket.leave(.v4(IPv4Address(224, 0, 0, 1), interface: .any))
  try socket.setMulticastLoopV4(try socket.isMulticastLoopV4)
  try socket.setMulticastTimeToLiveV4(try socket.multicastTimeToLiveV4)
  try socket.setMulticastInterfaceV4(try socket.multicastInterfaceV4)
  try socket.setMulticastLoopV6(try socket.isMulticastLoopV6)
  try socket.setMulticastHopsV6(try socket.multicastHopsV6)
  try socket.setMulticastInterfaceV6(try socket.multicastInterfaceV6)
  _ = try socket.takePendingError()
  _ = try socket.perform { descriptor throws(IOError) in descriptor }
}

func useUDPVectors(
  _ socket: borrowing UDPSocket<NullSelector>, _ address: SocketAddress,
  _ buffer: inout InlineArray<16, UInt8>
) throws(IOError) {
  var first = MutableIOVector<1>()
  first.append(buffer.mutableSpan)
  _ = try socket.receive(into: first)
  var second = MutableIOVector<1>()
  second.append(buffer.mutableSpan)
  _ = try socket.receiveIfReady(into: second)
  var third = MutableIOVector<1>()
  third.append(buffer.mutableSpan)
  _ = try socket.receiveFrom(into: third)
  var fourth = MutableIOVector<1>()
  fourth.append(buffer.mutableSpan)
  _ = try socket.receiveFromIfReady(into: fourth)
  var vector = IOVector<1>()
  vector.append(buffer.span)
  try socket.send(vector)
  _ = try socket.sendIfReady(vector)
  try socket.send(vector, to: address)
  _ = try socket.sendIfReady(vector, to: address)
}

func useDatagram(_ socket: borrowing UnixDatagram<NullSelector>, _ address: UnixAddress) throws(IOError) {
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  try socket.connect(to: address)
  _ = try socket.localAddress
  _ = try socket.peerAddress
  _ = try socket.receive(into: buffer.mutableSpan)
  _ = try socket.receiveIfReady(into: buffer.mutableSpan)
  _ = try socket.receiveFrom(into: buffer.mutableSpan)
  _ = try socket.receiveFromIfReady(into: buffer.mutableSpan)
  _ = try socket.peek(into: buffer.mutableSpan)
  _ = try socket.peekIfReady(into: buffer.mutableSpan)
  _ = try socket.peekFrom(into: buffer.mutableSpan)
  _ = try socket.peekFromIfReady(into: buffer.mutableSpan)
  var into = MutableIOVector<1>()
  into.append(buffer.mutableSpan)
  _ = try socket.receive(into: into)
  var again = MutableIOVector<1>()
  again.append(buffer.mutableSpan)
  _ = try socket.receiveIfReady(into: again)
  try socket.send(buffer.span)
  _ = try socket.sendIfReady(buffer.span)
  try socket.send(buffer.span, to: address)
  _ = try socket.sendIfReady(buffer.span, to: address)
  var vector = IOVector<1>()
  vector.append(buffer.span)
  try socket.send(vector)
  _ = try socket.sendIfReady(vector)
  try socket.shutdown(.both)
  _ = try socket.takePendingError()
  _ = try socket.perform { descriptor throws(IOError) in descriptor }
}

func useUnixStream(_ stream: borrowing UnixStream<NullSelector>) throws(IOError) {
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  _ = try stream.read(into: buffer.mutableSpan)
  _ = try stream.readIfReady(into: buffer.mutableSpan)
  _ = try stream.peek(into: buffer.mutableSpan)
  _ = try stream.peekIfReady(into: buffer.mutableSpan)
  var into = MutableIOVector<1>()
  into.append(buffer.mutableSpan)
  _ = try stream.read(into: into)
  var again = MutableIOVector<1>()
  again.append(buffer.mutableSpan)
  _ = try stream.readIfReady(into: again)
  var output = OutputSpan<UInt8>()
  _ = try stream.read(appendingTo: &output)
  _ = try stream.readIfReady(appendingTo: &output)
  _ = try stream.write(buffer.span)
  _ = try stream.writeIfReady(buffer.span)
  var vector = IOVector<1>()
  vector.append(buffer.span)
  _ = try stream.write(vector)
  _ = try stream.writeIfReady(vector)
  try stream.shutdown(.both)
  _ = try stream.localAddress
  _ = try stream.peerAddress
  _ = try stream.takePendingError()
  _ = try stream.perform { descriptor throws(IOError) in descriptor }
}

func usePipe(
  _ reader: borrowing PipeReader<NullSelector>, _ writer: borrowing PipeWriter<NullSelector>
) throws(IOError) {
  var buffer = InlineArray<16, UInt8>(repeating: 0)
  _ = try reader.read(into: buffer.mutableSpan)
  _ = try reader.readIfReady(into: buffer.mutableSpan)
  var output = OutputSpan<UInt8>()
  _ = try reader.read(appendingTo: &output)
  _ = try reader.readIfReady(appendingTo: &output)
  var into = MutableIOVector<1>()
  into.append(buffer.mutableSpan)
  _ = try reader.read(into: into)
  var again = MutableIOVector<1>()
  again.append(buffer.mutableSpan)
  _ = try reader.readIfReady(into: again)
  try reader.setNonBlocking(true)
  _ = try reader.perform { descriptor throws(IOError) in descriptor }
  _ = try writer.write(buffer.span)
  _ = try writer.writeIfReady(buffer.span)
  var vector = IOVector<1>()
  vector.append(buffer.span)
  _ = try writer.write(vector)
  _ = try writer.writeIfReady(vector)
  try writer.setNonBlocking(true)
  _ = try writer.perform { descriptor throws(IOError) in descriptor }
}
