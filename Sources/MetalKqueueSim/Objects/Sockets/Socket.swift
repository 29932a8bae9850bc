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
  /// Takes a connection off the queue.
  func accept(_ world: World) throws(Errno) -> Socket { throw .notSupported }
  func shutdown(_ world: World, _ direction: ShutdownDirection) throws(Errno) { throw .notSupported }

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
