internal import MetalCore

extension UDPSocket {
  /// The way of a datagram.
  struct Route {
    let target: SocketAddress
    /// The address that the datagram comes from.
    var source: SocketAddress
    /// The number of the interface that sends the datagram.
    let interface: UInt32
    let receivers: Receivers
  }

  enum Receivers {
    case one(KernelState)
    /// No machine has the address, although it is one of a network that this machine is on.
    case nobody
    /// All sockets that listen: on this machine, and on the others.
    case all(here: Bool, elsewhere: Bool)
  }

  /// The most bytes that a packet holds: 65,535, less the headers that a packet's length counts.
  private static func largestPayload(_ target: SocketAddress) -> Int {
    target.isIPv4 ? 65_535 - 20 - 8 : 65_535 - 8
  }

  // MARK: Routes

  /// Finds the way to an address, and binds the socket for it; `nil` with the reason if there is none.
  func findRoute(to target: SocketAddress, _ world: World) -> (route: Route?, errno: Errno) {
    var interface = target.isLoopback ? Host.loopbackInterface : Host.networkInterface
    let receivers: Receivers
    if target.isMulticast {
      guard let route = multicastRoute(to: target) else { return (nil, .addressNotAvailable) }
      (interface, receivers) = route
    } else if target.isBroadcast {
      receivers = .all(here: true, elsewhere: !target.isLoopback)
    } else if let other = world.kernel(with: target, from: kernel) {
      interface = other === kernel ? Host.loopbackInterface : Host.networkInterface
      receivers = .one(other)
    } else {
      guard kernel.host.isOnLink(target) else { return (nil, .networkUnreachable) }
      receivers = .nobody
    }
    let (host, errno) = sourceAddress(towards: target, by: interface)
    guard var source = host else { return (nil, errno) }
    let bindResult = bindIfNeeded(world)
    guard let bound else { return (nil, bindResult.errno ?? .addressNotAvailable) }
    source.port = bound.port
    return (Route(target: target, source: source, interface: interface, receivers: receivers), errno)
  }

  /// The source of packets to an address: the socket's own address, if packets can come from it.
  private func sourceAddress(
    towards target: SocketAddress, by interface: UInt32
  ) -> (address: SocketAddress?, errno: Errno) {
    let own = local ?? bound ?? unspecified(port: 0)
    guard own.reaches(target) else { return (nil, .invalid) }
    guard own.isUnspecified || own.isMulticast || own.isBroadcast else {
      // The loopback's address leaves no machine (RFC 1122, 3.2.1.3).
      let mayLeave = !own.isLoopback || interface == Host.loopbackInterface
      return mayLeave ? (own, .invalid) : (nil, .addressNotAvailable)
    }
    let isForMany = target.isMulticast || target.isBroadcast
    return (
      isForMany ? kernel.host.address(of: interface, asFor: target) : kernel.host.source(towards: target, port: 0),
      .invalid
    )
  }

  // MARK: Sending

  func transmit(_ bytes: ByteQueue, _ route: Route, to other: KernelState, _ world: World) {
    var packet = Packet(
      kind: .datagram, source: Packet.End(host: kernel.host.index, address: route.source),
      target: Packet.End(host: other.host.index, address: route.target), connection: 0, count: bytes.count,
      bytes: bytes, interface: route.interface)
    world.send(&packet)
  }

  /// Finds the route of a datagram to an address, or to the peer; `nil` with the reason if it cannot be sent.
  func prepare(_ world: World, count: Int, to address: SocketAddress?) -> (route: Route?, errno: Errno) {
    // In the order of the system's own checks: `sosend` in uipc_socket.c, `udp_output` in udp_usrreq.c.
    if isWriteShut { return (nil, .brokenPipe) }
    if let errno = takePendingError() { return (nil, errno) }
    if address == nil, remote == nil { return (nil, .destinationRequired) }
    guard count <= options.sendBufferSize else { return (nil, .messageTooLong) }
    if address != nil, remote != nil { return (nil, .alreadyConnected) }
    let (given, errno) = address.map { destination($0) } ?? (remote, .invalid)
    guard let target = given else { return (nil, errno) }
    guard count <= Self.largestPayload(target) else { return (nil, .messageTooLong) }
    if target.isBroadcast, options.broadcast == 0 { return (nil, .accessDenied) }
    let (found, reason) = findRoute(to: target, world)
    guard let found else { return (nil, reason) }
    // The system would ask for the address for a second, and lose the first datagrams; here the answer is known.
    if case .nobody = found.receivers { return (nil, .hostUnreachable) }
    return (found, .invalid)
  }
}
