internal import MetalCore

/// The common part of Unix-domain streams and datagram sockets.
///
/// Both ends are on one machine, so a call changes the other end before it returns.
class UnixSocket: Socket {
  /// The address that the socket, or the listener of an accepted stream, is bound to.
  var name = UnixAddress.unnamed

  override var localAddress: AnyEndpointAddress? { .unix(name) }

  override var addresses: TraceRecord.Detail { TraceRecord.Detail(.unix(name), isSource: true) }

  override func bind(_ world: World, to address: UnixAddress) throws(Errno) {
    // The library throws `.unsupported` on every system that does not choose a name.
    if address.isUnnamed { throw .notSupported }
    try Self.check(address)
    guard name.isUnnamed else { throw .invalid }
    guard kernel.host.socketFiles[address] == nil else { throw .addressInUse }
    kernel.host.socketFiles[address] = SocketFile(socket: self)
    name = address
  }

  /// The socket of the same kind that is bound to an address.
  final func partner<Partner: UnixSocket>(at address: UnixAddress) throws(Errno) -> Partner {
    try Self.check(address)
    guard let file = kernel.host.socketFiles[address] else { throw .noEntry }
    guard let socket = file.socket else { throw .connectionRefused }
    guard let partner = socket as? Partner else { throw .wrongProtocol }
    return partner
  }

  /// Throws if no socket can have an address.
  ///
  /// macOS and FreeBSD have no abstract names, and room for 104 bytes of a path (`sun_path`).
  private static func check(_ address: UnixAddress) throws(Errno) {
    if address.isAbstract { throw .notSupported }
    if address.isUnnamed || address.name.count > 104 { throw .invalid }
  }

  /// The socket's own address as text, for a diagnosis.
  var nameText: String { name.pathname ?? "unnamed" }
}
