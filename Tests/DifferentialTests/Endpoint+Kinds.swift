import MetalCore

final class TCPListenerEndpoint<S: Selector>: ListenerEndpoint<S, SocketAddress> {
  init(on kernel: S.K) throws(IOError) {
    let address = SocketAddress(IPv4Address.loopback, port: 0)
    super.init(.tcpListener, try S.TCPListener(bindingTo: address, on: kernel), on: kernel)
  }

  override var address: SocketAddress? { get throws(IOError) { try source.localAddress } }

  override func accept() throws(IOError) -> Endpoint<S>? {
    let accepted = try ready(source.accept())
    return TCPStreamEndpoint(accepted.stream, on: kernel)
  }
}

final class TCPStreamEndpoint<S: Selector>: StreamEndpoint<S, SocketAddress> {
  init(_ stream: consuming S.TCPStream, on kernel: S.K) {
    // Otherwise small segments wait for acknowledgements, which Linux may hold back for 40 ms. It fails only for a stream
    // that is broken already.
    do throws(IOError) { try stream.setOption(.noDelay, to: true) } catch {}
    super.init(.tcpStream, stream, on: kernel)
  }

  override func addressFacts() throws(IOError) -> Int? {
    let local = try source.localAddress
    let peer = try source.peerAddress
    return (local.isLoopback ? 1 : 0) + (peer.isLoopback ? 2 : 0) + (local.port != 0 && peer.port != 0 ? 4 : 0)
  }

  override func setOption(_ isOn: Bool) throws(IOError) -> Int? {
    try source.setOption(.hopLimit, to: isOn ? 10 : 20)
    return try source.option(.hopLimit) + (source.option(.noDelay) ? 100 : 0)
  }

  override func resetWhenClosed() {
    // It fails only if there is nothing to reset.
    do throws(IOError) { try source.setOption(.linger, to: .zero) } catch {}
  }
}

final class UnixListenerEndpoint<S: Selector>: ListenerEndpoint<S, UnixAddress> {
  let path: UnixAddress

  init(_ path: UnixAddress, on kernel: S.K) throws(IOError) {
    self.path = path
    super.init(.unixListener, try S.UnixListener(bindingTo: path, on: kernel), on: kernel)
  }

  override func accept() throws(IOError) -> Endpoint<S>? {
    let accepted = try ready(source.accept())
    return UnixStreamEndpoint(accepted.stream, on: kernel)
  }
}

final class UnixStreamEndpoint<S: Selector>: StreamEndpoint<S, UnixAddress> {
  init(_ stream: consuming S.UnixStream, on kernel: S.K) { super.init(.unixStream, stream, on: kernel) }

  override func addressFacts() throws(IOError) -> Int? {
    let local = try source.localAddress
    let peer = try source.peerAddress
    return (local.isUnnamed ? 1 : 0) + (peer.isUnnamed ? 2 : 0) + (local.isPathname ? 4 : 0) + (peer.isPathname ? 8 : 0)
  }
}

final class UDPEndpoint<S: Selector>: DatagramEndpoint<S, SocketAddress> {
  init(on kernel: S.K) throws(IOError) {
    let address = SocketAddress(IPv4Address.loopback, port: 0)
    super.init(.udp, try S.UDPSocket(bindingTo: address, on: kernel), on: kernel)
  }

  override var address: SocketAddress? { get throws(IOError) { try source.localAddress } }

  override func connect(to address: SocketAddress) throws(IOError) -> Bool {
    try source.connect(to: address)
    return true
  }

  override func send(_ bytes: [UInt8], to address: SocketAddress) throws(IOError) -> Int? {
    try ready(source.send(bytes.span, to: address))
  }

  override func addressFacts() throws(IOError) -> Int? {
    let local = try source.localAddress
    let peer = try source.peerAddress
    return (local.isLoopback ? 1 : 0) + (peer.isLoopback ? 2 : 0)
  }

  override func setOption(_ isOn: Bool) throws(IOError) -> Int? {
    try source.setOption(.broadcast, to: isOn)
    try source.setOption(.hopLimit, to: isOn ? 10 : 20)
    return try source.option(.hopLimit) + (source.option(.broadcast) ? 100 : 0)
  }
}

final class UnixDatagramEndpoint<S: Selector>: DatagramEndpoint<S, UnixAddress> {
  init(_ socket: consuming S.UnixDatagramSocket, on kernel: S.K) {
    super.init(.unixDatagram, socket, on: kernel)
  }
}

final class ReaderEndpoint<S: Selector>: SourceEndpoint<S.PipeReader> {
  init(_ reader: consuming S.PipeReader, on kernel: S.K) { super.init(.reader, reader, on: kernel) }

  override func read(_ form: ReadForm, _ count: Int) throws(IOError) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    if count == 0 { return try readNothing { kernel.read($0, into: bytes.mutableSpan) } }
    let moved = try ready(source.read(into: bytes.mutableSpan))
    return Array(bytes[..<moved])
  }
}

final class WriterEndpoint<S: Selector>: SourceEndpoint<S.PipeWriter> {
  init(_ writer: consuming S.PipeWriter, on kernel: S.K) { super.init(.writer, writer, on: kernel) }

  override func write(_ form: WriteForm, _ bytes: [UInt8]) throws(IOError) -> Int? {
    try ready(source.write(bytes.span))
  }
}
