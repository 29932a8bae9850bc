import MetalCore

/// What an object is.
enum ObjectKind: Sendable {
  case tcpListener, unixListener, tcpStream, unixStream, udp, unixDatagram, reader, writer

  /// Whether reads that come up short end the draining: a stream of bytes.
  var isByteStream: Bool {
    self == .tcpStream || self == .unixStream || self == .reader || self == .writer
  }
}

/// An object of a program, whatever its kind; what a kind cannot do is `nothing`.
class Endpoint<S: Selector> {
  let kind: ObjectKind

  init(_ kind: ObjectKind) { self.kind = kind }

  /// Where to connect or send to, to reach this object.
  var address: SocketAddress? { get throws(IOError) { nil } }

  func register(_ registry: Registry<S>, _ interests: Interest, _ token: Token) throws(IOError) {}
  func reregister(_ registry: Registry<S>, _ interests: Interest, _ token: Token) throws(IOError) {}
  func deregister(_ registry: Registry<S>) throws(IOError) {}

  func accept() throws(IOError) -> Endpoint<S>? { nil }
  func read(_ form: ReadForm, _ count: Int) throws(IOError) -> [UInt8]? { nil }
  func write(_ form: WriteForm, _ bytes: [UInt8]) throws(IOError) -> Int? { nil }
  func shutdown(_ direction: ShutdownDirection) throws(IOError) -> Bool { false }
  func connect(to address: SocketAddress) throws(IOError) -> Bool { false }
  func send(_ bytes: [UInt8], to address: SocketAddress) throws(IOError) -> Int? { nil }
  func takeError() throws(IOError) -> (IOError?)? { nil }
  /// Facts about the addresses as a number; `nil` if there are none.
  func addressFacts() throws(IOError) -> Int? { nil }
  func setOption(_ isOn: Bool) throws(IOError) -> Int? { nil }
  /// Has closing reset the connection, if that is possible.
  func resetWhenClosed() {}
}

/// What all sources have in common.
class SourceEndpoint<T: OwningSource & ~Copyable>: Endpoint<T.S> {
  var source: T

  init(_ kind: ObjectKind, _ source: consuming T) {
    self.source = source
    super.init(kind)
  }

  override func register(_ registry: Registry<T.S>, _ interests: Interest, _ token: Token) throws(IOError) {
    try registry.register(&source, token: token, interests: interests)
  }

  override func reregister(_ registry: Registry<T.S>, _ interests: Interest, _ token: Token) throws(IOError) {
    try registry.reregister(&source, token: token, interests: interests)
  }

  override func deregister(_ registry: Registry<T.S>) throws(IOError) {
    try registry.deregister(&source)
  }
}

class SocketEndpoint<T: Socket & ~Copyable>: SourceEndpoint<T> {
  override func takeError() throws(IOError) -> (IOError?)? {
    .some(try source.takePendingError())
  }
}

class StreamEndpoint<T: StreamSocket & ~Copyable>: SocketEndpoint<T> {
  override func read(_ form: ReadForm, _ count: Int) throws(IOError) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let moved: Int
    switch form {
    case .plain: moved = try source.read(into: bytes.mutableSpan)
    case .peek: moved = try source.peek(into: bytes.mutableSpan)
    case .vectored:
      var rest = [UInt8](repeating: 0, count: count)
      var vector = MutableIOVector<2>()
      vector.append(bytes.mutableSpan)
      vector.append(rest.mutableSpan)
      moved = try source.read(into: vector)
      bytes += rest
    }
    return Array(bytes[..<moved])
  }

  override func write(_ form: WriteForm, _ bytes: [UInt8]) throws(IOError) -> Int? {
    guard form == .vectored else { return try source.write(bytes.span) }
    var vector = IOVector<2>()
    vector.append(bytes.span.extracting(first: bytes.count / 2))
    vector.append(bytes.span.extracting(droppingFirst: bytes.count / 2))
    return try source.write(vector)
  }

  override func shutdown(_ direction: ShutdownDirection) throws(IOError) -> Bool {
    try source.shutdown(direction)
    return true
  }
}

class DatagramEndpoint<T: DatagramSocket & ~Copyable>: SocketEndpoint<T> {
  override func read(_ form: ReadForm, _ count: Int) throws(IOError) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let datagram: ReceivedDatagram
    switch form {
    case .plain: datagram = try source.receive(into: bytes.mutableSpan)
    case .peek: datagram = try source.peek(into: bytes.mutableSpan)
    case .vectored:
      var vector = MutableIOVector<1>()
      vector.append(bytes.mutableSpan)
      datagram = try source.receive(into: vector)
    }
    // The mark of a datagram that was cut off stands behind its bytes.
    return Array(bytes[..<datagram.count]) + (datagram.isTruncated ? [0xFF] : [])
  }

  override func write(_ form: WriteForm, _ bytes: [UInt8]) throws(IOError) -> Int? {
    guard form == .vectored else { return try source.send(bytes.span) }
    var vector = IOVector<1>()
    vector.append(bytes.span)
    return try source.send(vector)
  }
}
