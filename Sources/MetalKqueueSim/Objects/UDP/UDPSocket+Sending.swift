internal import MetalCore

extension UDPSocket {
  /// The route of a datagram.
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
    /// No machine has the address, although this machine is on the network of the address.
    case nobody
    /// All sockets that listen: on this machine, on the others, or on both.
    case all(here: Bool, elsewhere: Bool)
  }

  /// The most bytes of a datagram: 65,535, less the headers that count in the length of a packet.
  private static func largestPayload(_ target: SocketAddress) -> Int {
    target.isIPv4 ? 65_535 - 20 - 8 : 65_535 - 8
  }

  // MARK: Routes

  /// Finds the route to an address, and binds an unbound socket.
  func findRoute(to target: SocketAddress, _ world: World) throws(Errno) -> Route {
    var interface = target.isLoopback ? Host.loopbackInterface : Host.networkInterface
    let receivers: Receivers
    if target.isMulticast {
      (interface, receivers) = try multicastRoute(to: target)
    } else if target.isBroadcast {
      receivers = .all(here: true, elsewhere: !target.isLoopback)
    } else if let other = world.kernel(with: target, from: kernel) {
      interface = other === kernel ? Host.loopbackInterface : Host.networkInterface
      receivers = .one(other)
    } else {
      guard kernel.host.isOnLink(target) else { throw .networkUnreachable }
      receivers = .nobody
    }
    var source = try sourceAddress(towards: target, by: interface)
    source.port = try bindIfNeeded(world).port
    return Route(target: target, source: source, interface: interface, receivers: receivers)
  }

  /// The source of packets to an address: the socket's own address, if packets can come from it.
  private func sourceAddress(
    towards target: SocketAddress, by interface: UInt32
  ) throws(Errno) -> SocketAddress {
    let own = local ?? bound ?? unspecified
    guard own.reaches(target) else { throw .invalid }
    guard own.isUnspecified || own.isForMany else {
      // A loopback address never leaves its machine (RFC 1122, 3.2.1.3).
      if own.isLoopback, interface != Host.loopbackInterface { throw .addressNotAvailable }
      return own
    }
    return target.isForMany
      ? kernel.host.address(of: interface, asFor: target) : kernel.host.source(towards: target, port: 0)
  }

  // MARK: Sending

  func transmit(_ bytes: ByteQueue, _ route: Route, to other: KernelState, _ world: World) {
    var packet = Packet(
      kind: .datagram, source: Packet.End(host: kernel.host.index, address: route.source),
      target: Packet.End(host: other.host.index, address: route.target), connection: 0, count: bytes.count,
      bytes: bytes, interface: route.interface)
    world.send(&packet)
  }

  /// Finds the route of a datagram to an address, or to the peer.
  func prepare(_ world: World, count: Int, to address: SocketAddress?) throws(Errno) -> Route {
    // The checks have the order of the system's checks: `sosend` in uipc_socket.c, `udp_output` in udp_usrreq.c.
    if isWriteShut { throw .brokenPipe }
    if let errno = takePendingError() { throw errno }
    guard let asked = address ?? remote else { throw .destinationRequired }
    guard count <= options[.sendBufferSize] else { throw .messageTooLong }
    if address != nil, remote != nil { throw .alreadyConnected }
    let target = address == nil ? asked : try destination(asked)
    guard count <= Self.largestPayload(target) else { throw .messageTooLong }
    if target.isBroadcast, options[.broadcast] == 0 { throw .accessDenied }
    let route = try findRoute(to: target, world)
    // A real system asks for the address for a second, and loses the first datagrams. The simulator knows the answer.
    if case .nobody = route.receivers { throw .hostUnreachable }
    return route
  }
}
