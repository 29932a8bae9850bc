internal import MetalCore

/// A Unix-domain socket: what streams and datagram sockets have in common.
///
/// Both ends are on one machine, so nothing takes time: a call has changed the other end when it returns.
class UnixSocket: Socket {
  /// The address that the socket is bound to; an accepted stream has that of its listener.
  var name = UnixAddress.unnamed
  /// Nothing more will be received, and nothing more can be sent.
  var isReadShut = false
  var isWriteShut = false

  /// The socket as a stream, or as one for datagrams.
  var stream: UnixStreamSocket? { nil }
  var datagram: UnixDatagramSocket? { nil }

  override var localAddress: AnyEndpointAddress? { .unix(name) }

  override var addresses: TraceRecord.Detail { TraceRecord.Detail(.unix(name), isSource: true) }

  override func bind(_ world: World, to address: UnixAddress) -> IOResult {
    // The library's error where the system does not choose a name.
    if address.isUnnamed { return .failure(.notSupported) }
    if let errno = Self.refusal(of: address) { return .failure(errno) }
    guard name.isUnnamed else { return .failure(.invalid) }
    guard kernel.host.socketFiles[address] == nil else { return .failure(.addressInUse) }
    kernel.host.socketFiles[address] = SocketFile(socket: self)
    name = address
    return .success()
  }

  /// The socket of the same kind that is bound to an address, or why there is none to be reached; a socket may still
  /// refuse.
  func partner(at address: UnixAddress) -> (socket: UnixSocket?, errno: Errno) {
    if let errno = Self.refusal(of: address) { return (nil, errno) }
    guard let file = kernel.host.socketFiles[address] else { return (nil, .noEntry) }
    guard let socket = file.socket else { return (nil, .connectionRefused) }
    return socket.kind == kind ? (socket, .connectionRefused) : (nil, .wrongProtocol)
  }

  /// The reason why no socket can have an address; `nil` if one can.
  ///
  /// macOS and FreeBSD have no abstract names, and room for 104 bytes of a path (`sun_path`).
  private static func refusal(of address: UnixAddress) -> Errno? {
    if address.isAbstract { return .notSupported }
    return address.isUnnamed || address.name.count > 104 ? .invalid : nil
  }

  /// The socket's own address as text, for a diagnosis.
  var nameText: String { name.pathname ?? "unnamed" }
}
