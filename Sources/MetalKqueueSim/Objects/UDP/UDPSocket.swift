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

  override func connect(_ world: World, to address: SocketAddress) -> IOResult {
    choosePeer(address, world)
  }

  // MARK: Receiving

  override func receive(
    _ world: World, _ call: inout Reception, _ copy: (borrowing ByteQueue, Int) -> Void
  ) -> IOResult {
    receiveDatagram(&call, from: &incoming, isEnd: isReadShut, copy)
  }

  override func send(
    _ world: World, _ call: Transmission, _ append: (inout ByteQueue, Int) -> Void
  ) -> IOResult {
    switch call.target {
    case .none: send(world, count: call.count, to: nil, append)
    case .internet(let target): send(world, count: call.count, to: target, append)
    case .unix: .failure(.familyNotSupported)
    }
  }

  override func setMembership(_ world: World, _ isMember: Bool, _ group: MulticastGroup) -> IOResult {
    isMember ? join(group) : leave(group)
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

  override var summary: String {
    let own = localAddress?.description ?? ""
    let other = peerAddress?.description ?? "anybody"
    let groups = memberships.isEmpty ? "" : ", in \(memberships.count) groups"
    return "udp \(own) ↔ \(other)\(groups), received \(incoming.count) datagrams of \(incoming.byteCount) B"
  }
}
