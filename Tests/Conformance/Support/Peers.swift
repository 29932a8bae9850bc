import MetalCore

/// An address on the loopback interface whose port the system chooses.
let anyPort = SocketAddress(IPv4Address.loopback, port: 0)

/// The same for IPv6.
let anyPortV6 = SocketAddress(IPv6Address.loopback, port: 0)

/// The addresses of one kind of stream, and how such a stream connects to a listener.
protocol StreamAddress: EndpointAddress {
  static func connect(to address: Self) throws(IOError) -> StreamSocket<Selector, Self>
}

extension SocketAddress: StreamAddress {
  static func connect(to address: Self) throws(IOError) -> TCPStream { try TCPStream(connectingTo: address) }
}

extension UnixAddress: StreamAddress {
  static func connect(to address: Self) throws(IOError) -> UnixStream { try UnixStream(connectingTo: address) }
}

/// A listener and its two ends of one established connection, none of them registered.
struct ConnectedStreams<Address: StreamAddress>: ~Copyable {
  var listener: ListeningSocket<Selector, Address>
  /// The end that connected.
  var client: StreamSocket<Selector, Address>
  /// The end that was accepted.
  var server: StreamSocket<Selector, Address>

  init(_ address: Address) throws(IOError) {
    let listener = try ListeningSocket<Selector, Address>(bindingTo: address)
    let client = try Address.connect(to: try listener.localAddress)
    let accepted = try listener.acceptWhenReady()
    server = accepted.stream
    self.listener = listener
    self.client = client
  }
}

extension ConnectedStreams where Address == SocketAddress {
  init() throws(IOError) { try self.init(anyPort) }
}

typealias Connected = ConnectedStreams<SocketAddress>
typealias UnixConnected = ConnectedStreams<UnixAddress>

extension ListeningSocket where S == Selector {
  /// Accepts the next connection, waiting for it on a poll of its own; the listener must not be registered.
  func acceptWhenReady() throws(IOError) -> AcceptedConnection<Selector, Address> {
    for _ in 0..<200 {
      if let accepted = try accept() { return accepted }
      try pause(.milliseconds(10))
    }
    throw IOError(.timedOut)
  }
}

extension ByteReader where Self: ~Copyable {
  /// Reads until `count` bytes or the end of the stream have come, waiting on pauses; for a peer that is not
  /// registered.
  func readFully(_ count: Int) throws(IOError) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: max(count, 1))
    for _ in 0..<200 {
      while bytes.count < count, let moved = try read(into: buffer.mutableSpan) {
        if moved == 0 { return bytes }
        bytes += buffer[..<moved]
      }
      if bytes.count >= count { return bytes }
      try pause(.milliseconds(10))
    }
    throw IOError(.timedOut)
  }
}

extension ByteWriter where Self: ~Copyable {
  /// Writes all bytes, waiting on pauses; for a peer that is not registered.
  func writeFully(_ bytes: [UInt8]) throws(IOError) {
    var rest = bytes[...]
    for _ in 0..<200 {
      while !rest.isEmpty, let moved = try write(rest.span) {
        rest = rest.dropFirst(moved)
      }
      if rest.isEmpty { return }
      try pause(.milliseconds(10))
    }
    throw IOError(.timedOut)
  }
}
