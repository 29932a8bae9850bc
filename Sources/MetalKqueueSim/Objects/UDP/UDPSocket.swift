internal import MetalCore
internal import MetalKqueue

/// A UDP socket.
///
/// The simulation loses a datagram if the receiver has no room for it, or if a machine is out of reach.
final class UDPSocket: IPSocket {
  /// The groups that the socket has joined, in the order of joining.
  var memberships: [Membership] = []

  // MARK: Connecting

  /// Sets the only address that the socket sends to and receives from.
  ///
  /// The system first discards the old peer and its pending error (`soconnect` in uipc_socket.c), even if connecting to
  /// the new peer fails. If no machine has the address, the next send fails.
  override func connect(_ world: World, to address: SocketAddress) throws(Errno) {
    remote = nil
    local = nil
    pendingError = nil
    let target = try destination(address)
    let route = try findRoute(to: target, world)
    let own = bound?.isUnspecified == false ? bound ?? route.source : route.source
    // No two sockets have both addresses in common (`in_pcbconnect` in in_pcb.c).
    for other in ports.sockets(on: own.port) {
      guard let otherLocal = other.local, let otherRemote = other.remote else { continue }
      if otherLocal.sharesHost(with: own), otherRemote.sharesHostAndPort(with: target) {
        throw .addressInUse
      }
    }
    local = own
    remote = target
    // The filters run, as for every socket that becomes connected (`soisconnected` in uipc_socket.c).
    readers.touch(world)
    writers.touch(world)
  }

  // MARK: Sending

  override func send(_ world: World, _ call: Transmission, _ append: Appending) throws(Errno) -> Int {
    if case .unix = call.target { throw .familyNotSupported }
    let target: SocketAddress? = if case .internet(let target) = call.target { target } else { nil }
    let route = try prepare(world, count: call.count, to: target)
    var bytes = ByteQueue()
    append(&bytes, call.count)
    switch route.receivers {
    case .nobody: break
    case .one(let other): transmit(bytes, route, to: other, world)
    case .all(let here, let elsewhere):
      for other in world.kernels where other === kernel ? here : elsewhere {
        transmit(bytes, route, to: other, world)
      }
    }
    return call.count
  }

  override func setMembership(_ isMember: Bool, _ group: MulticastGroup) throws(Errno) {
    let (found, isNamed) = try membership(group)
    if isMember {
      guard index(of: found.group, on: found.interface) == nil else { throw .addressInUse }
      guard memberships.count < Self.mostMemberships else { throw .tooManyReferences }
      memberships.append(found)
    } else {
      guard let index = index(of: found.group, on: isNamed ? found.interface : nil) else {
        throw .addressNotAvailable
      }
      memberships.remove(at: index)
    }
  }

  // MARK: Ending

  override func shutdown(_ world: World, _ direction: ShutdownDirection) throws(Errno) {
    guard remote != nil else { throw .notConnected }
    if direction != .write, !isReadShut {
      isReadShut = true
      datagrams.removeAll()
      readers.touch(world)
    }
    if direction != .read, !isWriteShut {
      isWriteShut = true
      writers.touch(world)
    }
  }

  override func close(_ world: World) {
    unbind()
    datagrams.removeAll()
    memberships.removeAll()
  }

  override var summary: String {
    let own = localAddress?.description ?? ""
    let other = peerAddress?.description ?? "anybody"
    let groups = memberships.isEmpty ? "" : ", in \(memberships.count) groups"
    return "udp \(own) ↔ \(other)\(groups), received \(datagrams.count) datagrams of \(datagrams.byteCount) B"
  }
}
