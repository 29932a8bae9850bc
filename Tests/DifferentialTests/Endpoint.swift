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
///
/// An operation that would block throws that, since `nil` stands for what a kind cannot do.
class Endpoint<S: Selector> {
  let kind: ObjectKind
  let kernel: S.K

  init(_ kind: ObjectKind, on kernel: S.K) {
    self.kind = kind
    self.kernel = kernel
  }

  /// Where to connect or send to, to reach this object.
  var address: SocketAddress? { get throws(IOError) { nil } }

  func register(_ registry: S.Registry, _ interests: Interests, _ token: Token) throws(IOError) {}
  func reregister(_ registry: S.Registry, _ interests: Interests, _ token: Token) throws(IOError) {}
  func deregister(_ registry: S.Registry) throws(IOError) {}

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

/// Returns what an operation has returned, or throws that it would block.
func ready<R: ~Copyable>(_ value: consuming R?) throws(IOError) -> R {
  guard let value else { throw IOError(.wouldBlock) }
  return value
}

/// What all sources have in common.
class SourceEndpoint<T: DescriptorSource & ~Copyable>: Endpoint<T.S> {
  var source: T

  init(_ kind: ObjectKind, _ source: consuming T, on kernel: T.S.K) {
    self.source = source
    super.init(kind, on: kernel)
  }

  override func register(_ registry: T.S.Registry, _ interests: Interests, _ token: Token) throws(IOError) {
    try registry.register(&source, token: token, interests: interests)
  }

  override func reregister(_ registry: T.S.Registry, _ interests: Interests, _ token: Token) throws(IOError) {
    try registry.reregister(&source, token: token, interests: interests)
  }

  override func deregister(_ registry: T.S.Registry) throws(IOError) {
    try registry.deregister(&source)
  }

  /// Makes a system call that reads nothing into no room, which a source's own `read` refuses.
  func readNothing(_ call: (T.S.K.Descriptor) -> IOResult) throws(IOError) -> [UInt8] {
    try ready(
      source.perform { descriptor throws(IOError) in
        let result = call(descriptor)
        guard result.isSuccess else { throw T.S.K.error(for: result) }
        return []
      })
  }
}

class ListenerEndpoint<S: Selector, Address: EndpointAddress>: SourceEndpoint<ListeningSocket<S, Address>> {
  override func takeError() throws(IOError) -> (IOError?)? {
    .some(try source.takePendingError())
  }
}

class StreamEndpoint<S: Selector, Address: EndpointAddress>: SourceEndpoint<StreamSocket<S, Address>> {
  override func read(_ form: ReadForm, _ count: Int) throws(IOError) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let moved: Int
    switch form {
    case .plain where count == 0:
      return try readNothing { kernel.receive($0, into: bytes.mutableSpan, isPeek: false) }
    case .plain: moved = try ready(source.read(into: bytes.mutableSpan))
    case .peek: moved = try ready(source.peek(into: bytes.mutableSpan))
    case .vectored:
      var storage = IOVectorStorage<2>()
      if count == 0 {
        return try readNothing { kernel.receive($0, into: storage.makeMutableVector(), isPeek: false) }
      }
      var rest = [UInt8](repeating: 0, count: count)
      var vector = storage.makeMutableVector()
      vector.append(bytes.mutableSpan)
      vector.append(rest.mutableSpan)
      moved = try ready(source.read(into: vector))
      bytes += rest
    }
    return Array(bytes[..<moved])
  }

  override func write(_ form: WriteForm, _ bytes: [UInt8]) throws(IOError) -> Int? {
    guard form == .vectored else { return try ready(source.write(bytes.span)) }
    var storage = IOVectorStorage<2>()
    var vector = storage.makeVector()
    vector.append(bytes.span.extracting(first: bytes.count / 2))
    vector.append(bytes.span.extracting(droppingFirst: bytes.count / 2))
    return try ready(source.write(vector))
  }

  override func shutdown(_ direction: ShutdownDirection) throws(IOError) -> Bool {
    try source.shutdown(direction)
    return true
  }

  override func takeError() throws(IOError) -> (IOError?)? {
    .some(try source.takePendingError())
  }
}

class DatagramEndpoint<S: Selector, Address: EndpointAddress>: SourceEndpoint<DatagramSocket<S, Address>> {
  override func read(_ form: ReadForm, _ count: Int) throws(IOError) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    let datagram: ReceivedDatagram<Address>
    switch form {
    case .plain: datagram = try ready(source.receive(into: bytes.mutableSpan))
    case .peek: datagram = try ready(source.peek(into: bytes.mutableSpan))
    case .vectored:
      var storage = IOVectorStorage<1>()
      var vector = storage.makeMutableVector()
      vector.append(bytes.mutableSpan)
      datagram = try ready(source.receive(into: vector))
    }
    // The mark of a datagram that was cut off stands behind its bytes.
    return Array(bytes[..<datagram.count]) + (datagram.isTruncated ? [0xFF] : [])
  }

  override func write(_ form: WriteForm, _ bytes: [UInt8]) throws(IOError) -> Int? {
    guard form == .vectored else { return try ready(source.send(bytes.span)) }
    var storage = IOVectorStorage<1>()
    var vector = storage.makeVector()
    vector.append(bytes.span)
    return try ready(source.send(vector))
  }

  override func takeError() throws(IOError) -> (IOError?)? {
    .some(try source.takePendingError())
  }
}
