import MetalCore

final class TCPListenerEndpoint<S: Selector>: SocketEndpoint<TCPListener<S>> {
  init(on kernel: S.K) throws(IOError) {
    super.init(
      .tcpListener, try TCPListener(bindingTo: SocketAddress(IPv4Address.loopback, port: 0), on: kernel))
  }

  override var address: SocketAddress? { get throws(IOError) { try source.localAddress } }

  override func accept() throws(IOError) -> Endpoint<S>? {
    let accepted = try source.accept()
    return TCPStreamEndpoint(accepted.stream)
  }
}

final class TCPStreamEndpoint<S: Selector>: StreamEndpoint<TCPStream<S>> {
  init(_ stream: consuming TCPStream<S>) {
    // Otherwise small segments wait for acknowledgements, which Linux may hold back for 40 ms. It fails only for a stream
    // that is broken already.
    do throws(IOError) { try stream.setNoDelay(true) } catch {}
    super.init(.tcpStream, stream)
  }

  override func addressFacts() throws(IOError) -> Int? {
    let local = try source.localAddress
    let peer = try source.peerAddress
    return (local.isLoopback ? 1 : 0) + (peer.isLoopback ? 2 : 0)
      + (local.port != 0 && peer.port != 0 ? 4 : 0)
  }

  override func setOption(_ isOn: Bool) throws(IOError) -> Int? {
    try source.setTimeToLive(isOn ? 10 : 20)
    return try source.timeToLive + (source.isNoDelay ? 100 : 0)
  }

  override func resetWhenClosed() {
    // It fails only if there is nothing to reset.
    do throws(IOError) { try source.setLinger(.zero) } catch {}
  }
}

final class UnixListenerEndpoint<S: Selector>: SocketEndpoint<UnixListener<S>> {
  let path: UnixAddress

  init(_ path: UnixAddress, on kernel: S.K) throws(IOError) {
    self.path = path
    super.init(.unixListener, try UnixListener(bindingTo: path, on: kernel))
  }

  override func accept() throws(IOError) -> Endpoint<S>? {
    let accepted = try source.accept()
    return UnixStreamEndpoint(accepted.stream)
  }
}

final class UnixStreamEndpoint<S: Selector>: StreamEndpoint<UnixStream<S>> {
  init(_ stream: consuming UnixStream<S>) { super.init(.unixStream, stream) }

  override func addressFacts() throws(IOError) -> Int? {
    let local = try source.localAddress
    let peer = try source.peerAddress
    return (local.isUnnamed ? 1 : 0) + (peer.isUnnamed ? 2 : 0) + (local.isPathname ? 4 : 0)
      + (peer.isPathname ? 8 : 0)
  }
}

final class UDPEndpoint<S: Selector>: DatagramEndpoint<UDPSocket<S>> {
  init(on kernel: S.K) throws(IOError) {
    super.init(.udp, try UDPSocket(bindingTo: SocketAddress(IPv4Address.loopback, port: 0), on: kernel))
  }

  override var address: SocketAddress? { get throws(IOError) { try source.localAddress } }

  override func connect(to address: SocketAddress) throws(IOError) -> Bool {
    try source.connect(to: address)
    return true
  }

  override func send(_ bytes: [UInt8], to address: SocketAddress) throws(IOError) -> Int? {
    try source.send(bytes.span, to: address)
  }

  override func addressFacts() throws(IOError) -> Int? {
    let local = try source.localAddress
    let peer = try source.peerAddress
    return (local.isLoopback ? 1 : 0) + (peer.isLoopback ? 2 : 0)
  }

  override func setOption(_ isOn: Bool) throws(IOError) -> Int? {
    try source.setBroadcast(isOn)
    try source.setTimeToLive(isOn ? 10 : 20)
    return try source.timeToLive + (source.isBroadcast ? 100 : 0)
  }
}

final class UnixDatagramEndpoint<S: Selector>: DatagramEndpoint<UnixDatagram<S>> {
  init(_ socket: consuming UnixDatagram<S>) { super.init(.unixDatagram, socket) }
}

final class ReaderEndpoint<S: Selector>: SourceEndpoint<PipeReader<S>> {
  init(_ reader: consuming PipeReader<S>) { super.init(.reader, reader) }

  override func read(_ form: ReadForm, _ count: Int) throws(IOError) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let moved = try source.read(into: bytes.mutableSpan)
    return Array(bytes[..<moved])
  }
}

final class WriterEndpoint<S: Selector>: SourceEndpoint<PipeWriter<S>> {
  init(_ writer: consuming PipeWriter<S>) { super.init(.writer, writer) }

  override func write(_ form: WriteForm, _ bytes: [UInt8]) throws(IOError) -> Int? {
    try source.write(bytes.span)
  }
}
