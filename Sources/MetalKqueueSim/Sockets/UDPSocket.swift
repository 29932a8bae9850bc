internal import MetalCore
internal import MetalKqueue

/// A UDP socket.
///
/// A datagram is lost if there is no room for it where it arrives, and in no other way.
final class UDPSocket: IPSocket {
  override var udp: UDPSocket? { self }

  /// What has arrived.
  var incoming = DatagramQueue()

  /// The datagram that is being sent, and where it goes.
  var outgoing = ByteQueue()
  var route: Route?
  /// The ways to nodes that something was sent to which takes its time, by their indices.
  var ways: [Int: Way] = [:]

  /// The groups that the socket has joined, in that order.
  var memberships: [Membership] = []

  // MARK: Filters

  override func readCondition(_ knote: Knote) -> Condition {
    datagramReadCondition(knote, incoming, isEnd: isReadShut)
  }

  override func writeCondition(_ knote: Knote) -> Condition {
    datagramWriteCondition(knote, isEnd: isWriteShut)
  }

  // MARK: Connecting

  override func connect(_ world: World, to address: SocketAddress) -> IOResult {
    choosePeer(address, world)
  }

  // MARK: Receiving

  override func beginReceive(_ world: World, limit: Int, isPeek: Bool) -> IOResult {
    beginDatagramReceive(incoming, limit: limit, isPeek: isPeek, isEnd: isReadShut)
  }

  override func copy(into buffer: inout MutableSpan<UInt8>, at offset: Int) -> Int {
    incoming.copyFirst(into: &buffer, at: offset)
  }

  override func endReceive(_ world: World, count: Int, isPeek: Bool) {
    if !isPeek { incoming.removeFirst() }
  }

  // MARK: Sending

  override func beginSend(_ world: World, count: Int) -> IOResult {
    prepare(world, count: count, to: nil)
  }

  override func beginSend(_ world: World, count: Int, to address: SocketAddress) -> IOResult {
    prepare(world, count: count, to: address)
  }

  override func append(_ bytes: Span<UInt8>) {
    outgoing.append(bytes)
  }

  override func endSend(_ world: World) {
    transmit(world)
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
