import MetalIO
import Serving

/// A client of a proxy, with its connection to the target.
struct ProxyConnection<S: Selector>: ~Copyable {
  /// The two streams of a connection.
  enum Side: Sendable {
    case client
    case target
  }

  /// The stream that a token identifies.
  struct Endpoint: Sendable {
    let connection: Token
    let side: Side

    init(connection: Token, side: Side) {
      self.connection = connection
      self.side = side
    }
  }

  var client: S.TCPStream
  var target: S.TCPStream
  let clientToken: Token
  let targetToken: Token

  var toTarget: ProxyDirection<S>
  var toClient: ProxyDirection<S>
  var isConnecting = true

  /// The size in bytes of each of the two buffers.
  ///
  /// The two buffers are the memory of a connection, apart from its descriptors.
  static var bufferCapacity: Int { 16_384 }

  /// Registers both streams and connects them to each other.
  ///
  /// The proxy does not read from the client before the target is connected.
  init(
    client: consuming S.TCPStream, token clientToken: Token,
    target: consuming S.TCPStream, token targetToken: Token, _ registry: S.Registry
  ) throws(IOError) {
    try registry.register(&client, token: clientToken, interests: .writable)
    try registry.register(&target, token: targetToken, interests: [.readable, .writable])
    self.client = client
    self.target = target
    self.clientToken = clientToken
    self.targetToken = targetToken
    toTarget = ProxyDirection(capacity: Self.bufferCapacity, isPaused: true)
    toClient = ProxyDirection(capacity: Self.bufferCapacity, isPaused: false)
  }

  /// Handles an event of one side.
  mutating func advance(_ event: S.Event, of side: Side, _ registry: S.Registry) -> ConnectionOutcome {
    do throws(IOError) {
      if isConnecting {
        // Until the target is connected, the only relevant event of the client is an error.
        if side == .client { return event.isError ? .ended : .waiting }
        guard event.isWritable || event.isError else { return .waiting }
        if try target.takePendingError() != nil { return .ended }
        isConnecting = false
      }
      switch side {
      case .client: try clientAdvanced(event, registry)
      case .target: try targetAdvanced(event, registry)
      }
    } catch {
      return .ended
    }
    return toTarget.isFinished && toClient.isFinished ? .ended : .waiting
  }

  // Reading comes first. If the side is broken, its last bytes are forwarded before a write to it fails.

  mutating func clientAdvanced(_ event: S.Event, _ registry: S.Registry) throws(IOError) {
    if event.isReadable || event.isReadClosed || event.isError {
      try toTarget.forward(from: &client, token: clientToken, to: target, registry)
    }
    if event.isWritable || event.isError {
      try toClient.sinkBecameWritable(from: &target, token: targetToken, to: client, registry)
    }
  }

  mutating func targetAdvanced(_ event: S.Event, _ registry: S.Registry) throws(IOError) {
    if event.isReadable || event.isReadClosed || event.isError {
      try toClient.forward(from: &target, token: targetToken, to: client, registry)
    }
    if event.isWritable || event.isError {
      try toTarget.sinkBecameWritable(from: &client, token: clientToken, to: target, registry)
    }
  }
}
