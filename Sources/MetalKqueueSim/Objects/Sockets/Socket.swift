internal import MetalCore
internal import MetalKqueue

/// The common part of all sockets.
///
/// A kind of socket overrides the operations that it has.
class Socket: File {
  let family: SocketFamily
  let kind: SocketKind
  var options: SocketOptionTable
  /// The error that the next call returns, once (R14).
  var pendingError: Errno?
  /// The connections that wait to be accepted; `nil` unless the socket is a listener.
  final var backlog: Backlog?

  init(_ kernel: KernelState, _ family: SocketFamily, _ kind: SocketKind) {
    self.family = family
    self.kind = kind
    options = SocketOptionTable(family, kind, kernel.profile)
    super.init(kernel)
  }

  /// Takes the pending error.
  func takePendingError() -> Errno? {
    defer { pendingError = nil }
    return pendingError
  }

  // The default of each operation is a refusal.

  func bind(_ world: World, to address: SocketAddress) throws(Errno) { throw .familyNotSupported }
  func bind(_ world: World, to address: UnixAddress) throws(Errno) { throw .familyNotSupported }
  func connect(_ world: World, to address: SocketAddress) throws(Errno) { throw .familyNotSupported }
  func connect(_ world: World, to address: UnixAddress) throws(Errno) { throw .familyNotSupported }
  func listen(_ world: World, backlog: Int) throws(Errno) { throw .notSupported }
  func shutdown(_ world: World, _ direction: ShutdownDirection) throws(Errno) { throw .notSupported }

  /// Takes the first of the connections that wait, also if its other end is gone already.
  ///
  /// Reading from the connection returns what the other end has sent, then the end of the stream. TCP refuses the
  /// connection here.
  func accept(_ world: World) throws(Errno) -> Socket {
    guard let backlog else { throw kind == .stream ? .invalid : .notSupported }
    guard let connection = backlog.takeFirst() else { throw .wouldBlock }
    return connection
  }

  override var waitingConnections: Int? { backlog?.count }

  /// Makes the socket a listener, or gives a listener another limit.
  func setBacklog(limit: Int) {
    if let backlog { backlog.limit = limit } else { backlog = Backlog(limit: limit) }
  }

  /// The reason why a call fails whatever it asks for; `nil` if it does not.
  func refusal(of call: Call) -> Errno? { nil }
  /// The reason why an option cannot be read or set; `nil` if it can.
  func refusal(of option: SocketOptionName) -> Errno? { option.exists(on: family, kind) ? nil : .noSuchOption }

  /// The number of bytes that a reading event counts for the address of each datagram (R7).
  var addressBytesInData: Int { 0 }

  /// The addresses as the program sees them; the peer's is `nil` if the socket is not connected.
  var localAddress: AnyEndpointAddress? { nil }
  var peerAddress: AnyEndpointAddress? { nil }

  /// Completes an entry of a table of sockets.
  func fill(_ entry: inout Netstat.Entry) {}

  /// Joins a multicast group, or leaves it.
  func setMembership(_ isMember: Bool, _ group: MulticastGroup) throws(Errno) { throw .notSupported }

  /// An option was set: what depends on it changes as well.
  func optionChanged(_ option: SocketOptionName, _ world: World) {}
}
