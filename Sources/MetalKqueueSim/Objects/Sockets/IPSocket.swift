internal import MetalCore
internal import MetalKqueue

/// The common part of TCP and UDP sockets.
///
/// A socket stores addresses in the form of packets: an IPv4 address for the mapped address of an IPv6 socket.
class IPSocket: Socket {
  /// The address that the socket is bound to.
  private(set) var bound: SocketAddress?
  /// The address that the socket is connected to.
  var remote: SocketAddress?
  /// The source address of packets to the remote address, once the source is known.
  var local: SocketAddress?

  /// The ports of the socket's protocol.
  var ports: PortTable { kind == .stream ? kernel.tcpPorts : kernel.udpPorts }

  // MARK: Addresses

  override var addresses: TraceRecord.Detail {
    guard let source = local ?? bound else { return .none }
    return .addresses(source: source, destination: remote)
  }

  override var localAddress: AnyEndpointAddress? { .internet(shown(local ?? bound ?? unspecified)) }

  override var peerAddress: AnyEndpointAddress? { remote.map { .internet(shown($0)) } }

  /// The unspecified address of the socket's family, which stands for all addresses of the machine.
  var unspecified: SocketAddress {
    family == .ipv4 ? SocketAddress(IPv4Address.unspecified, port: 0) : SocketAddress(IPv6Address.unspecified, port: 0)
  }

  /// An address as the program sees it: in the socket's family.
  func shown(_ address: SocketAddress) -> SocketAddress {
    guard family == .ipv6, case .v4(let address, let port) = address else { return address }
    return SocketAddress(IPv6Address(mapping: address), port: port)
  }

  /// Returns an address in the form of packets, or throws if the socket cannot use the address.
  private func packetAddress(_ address: SocketAddress) throws(Errno) -> SocketAddress {
    guard address.isIPv4 == (family == .ipv4) else { throw .familyNotSupported }
    guard case .v6(let inner, let port, _, _) = address, let mapped = inner.mappedIPv4Address else { return address }
    guard options[.ipv6Only] == 0 else { throw .familyNotSupported }
    return SocketAddress(mapped, port: port)
  }

  /// Returns the address that packets to an address go to.
  func destination(_ address: SocketAddress) throws(Errno) -> SocketAddress {
    let target = kernel.host.destination(try packetAddress(address))
    if target.port == 0 { throw .addressNotAvailable }
    return target
  }

  // MARK: Binding

  override func bind(_ world: World, to address: SocketAddress) throws(Errno) {
    let address = try packetAddress(address)
    if kind == .stream, address.isMulticast { throw .familyNotSupported }
    // An accepted connection has the port of its listener.
    guard bound == nil, local == nil else { throw .invalid }
    guard kernel.host.has(address) || address.isForMany && kind == .datagram else { throw .addressNotAvailable }
    if address.port != 0, ports.hasConflict(self, address, world.now) { throw .addressInUse }
    _ = try take(address, world)
  }

  /// Returns the bound address, after binding an unbound socket to a port that the system chooses.
  func bindIfNeeded(_ world: World) throws(Errno) -> SocketAddress {
    if let bound { return bound }
    return try take(unspecified, world)
  }

  private func take(_ address: SocketAddress, _ world: World) throws(Errno) -> SocketAddress {
    var address = address
    if address.port == 0 {
      guard let port = ports.choosePort(self, address, world.now) else {
        world.explainMissingPort(self)
        throw .addressNotAvailable
      }
      address.port = port
    }
    bound = address
    ports.insert(self, on: address.port)
    return address
  }

  func unbind() {
    guard let bound else { return }
    ports.remove(self, from: bound.port)
  }

  /// Whether this bound or connected socket prevents another socket from binding to an address on the same port.
  func conflicts(with other: IPSocket, at address: SocketAddress) -> Bool {
    guard let bound = local ?? bound else { return false }
    if options[.reusePort] != 0, other.options[.reusePort] != 0 { return false }
    let bothReuse = options[.reuseAddress] != 0 && other.options[.reuseAddress] != 0
    if bothReuse, address.isMulticast { return false }
    if bound.sharesHost(with: address) { return true }
    return (takesIn(address, at: bound) || other.takesIn(bound, at: address)) && other.options[.reuseAddress] == 0
  }

  /// Whether an address that the socket asks for equals or includes another address on the same port.
  func takesIn(_ other: SocketAddress, at address: SocketAddress) -> Bool {
    other.sharesHost(with: address)
      || address.isUnspecified && (address.isIPv4 == other.isIPv4 || address.isIPv6 && spansFamilies)
  }

  /// Whether the socket receives packets of both families.
  var spansFamilies: Bool { family == .ipv6 && options[.ipv6Only] == 0 }

  /// The rank of this bound socket as the receiver of packets to an address; 0 for a socket that does not receive.
  func fitness(for address: SocketAddress) -> Int {
    guard let bound else { return 0 }
    if bound.sharesHost(with: address) { return 3 }
    guard bound.isUnspecified else { return 0 }
    if bound.isIPv4 == address.isIPv4 { return 2 }
    return spansFamilies && address.isIPv4 ? 1 : 0
  }
}

extension SocketAddress {
  /// Whether two addresses are equal apart from their ports.
  func sharesHost(with other: SocketAddress) -> Bool {
    switch (self, other) {
    case (.v4(let first, _), .v4(let second, _)): first == second
    case (.v6(let first, _, _, _), .v6(let second, _, _, _)): first == second
    default: false
    }
  }

  /// Whether a socket that is bound to this address can send to another address.
  func reaches(_ other: SocketAddress) -> Bool { isIPv4 == other.isIPv4 || isIPv6 && isUnspecified }

  /// Whether two addresses have the same host and the same port.
  func sharesHostAndPort(with other: SocketAddress) -> Bool {
    sharesHost(with: other) && port == other.port
  }
}
