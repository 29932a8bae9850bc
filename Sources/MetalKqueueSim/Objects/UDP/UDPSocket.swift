internal import MetalCore
internal import MetalKqueue

/// A UDP socket.
///
/// A datagram is lost only if there is no room for it at the receiver.
final class UDPSocket: IPSocket {
  override var udp: UDPSocket? { self }

  /// The datagrams that have arrived.
  var incoming = DatagramQueue()
  /// The program reads nothing more, and writes nothing more.
  private(set) var isReadShut = false
  private(set) var isWriteShut = false

  /// The groups that the socket has joined, in that order.
  var memberships: [Membership] = []

  // MARK: Filters

  override func readCondition(_ knote: Knote) -> Condition {
    datagramReadCondition(knote, incoming, isEnd: isReadShut)
  }

  override func writeCondition(_ knote: Knote) -> Condition {
    datagramWriteCondition(knote, isEnd: isWriteShut)
  }

  override var addressBytesInData: Int { kernel.profile.udp.addressBytesInData }

  // MARK: Connecting

  /// Takes an address as the only one to send to and to receive from.
  ///
  /// The system first discards the old peer and its pending error (`soconnect` in uipc_socket.c), even if connecting to the
  /// new peer fails. An address that no machine has fails when something is sent.
  override func connect(_ world: World, to address: SocketAddress) -> IOResult {
    remote = nil
    local = nil
    pendingError = nil
    let (target, errno) = destination(address)
    guard let target else { return .failure(errno) }
    let (route, reason) = findRoute(to: target, world)
    guard let route, let bound else { return .failure(reason) }
    let own = bound.isUnspecified ? route.source : bound
    // No two sockets have both addresses in common (`in_pcbconnect` in in_pcb.c).
    for other in ports.sockets(on: bound.port) {
      guard let otherLocal = other.local, let otherRemote = other.remote else { continue }
      if otherLocal.sharesHost(with: own), otherRemote.sharesHostAndPort(with: target) {
        return .failure(.addressInUse)
      }
    }
    local = own
    remote = target
    // As for every socket that becomes connected (`soisconnected` in uipc_socket.c).
    readers.touch(world)
    writers.touch(world)
    return .success()
  }

  // MARK: Receiving

  override func receive(_ world: World, _ call: inout Reception, _ copy: Copying) -> IOResult {
    receiveDatagram(&call, from: &incoming, isEnd: isReadShut, copy)
  }

  override func send(_ world: World, _ call: Transmission, _ append: Appending) -> IOResult {
    if case .unix = call.target { return .failure(.familyNotSupported) }
    let target: SocketAddress? = if case .internet(let target) = call.target { target } else { nil }
    let (route, errno) = prepare(world, count: call.count, to: target)
    guard let route else { return .failure(errno) }
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
    return .success(call.count)
  }

  override func setMembership(_ world: World, _ isMember: Bool, _ group: MulticastGroup) -> IOResult {
    let (found, errno) = membership(group)
    guard let found else { return .failure(errno) }
    if isMember {
      guard index(of: found.group, on: found.interface) == nil else { return .failure(.addressInUse) }
      guard memberships.count < Self.mostMemberships else { return .failure(.tooManyReferences) }
      memberships.append(found)
    } else {
      guard let index = index(of: found.group, on: group.namesInterface ? found.interface : nil) else {
        return .failure(.addressNotAvailable)
      }
      memberships.remove(at: index)
    }
    return .success()
  }

  // MARK: Ending

  override func shutdown(_ world: World, _ direction: ShutdownDirection) -> IOResult {
    guard remote != nil else { return .failure(.notConnected) }
    if direction != .write, !isReadShut {
      isReadShut = true
      incoming.removeAll()
      readers.touch(world)
    }
    if direction != .read, !isWriteShut {
      isWriteShut = true
      writers.touch(world)
    }
    return .success()
  }

  override func close(_ world: World) {
    isClosed = true
    unbind()
    incoming.removeAll()
    memberships.removeAll()
  }

  override func fill(_ entry: inout Netstat.Entry) {
    entry.peer = peerAddress
    entry.received = incoming.byteCount
  }

  override var summary: String {
    let own = localAddress?.text ?? ""
    let other = peerAddress?.text ?? "anybody"
    let groups = memberships.isEmpty ? "" : ", in \(memberships.count) groups"
    return "udp \(own) ↔ \(other)\(groups), received \(incoming.count) datagrams of \(incoming.byteCount) B"
  }
}
