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
    if isReadShut {
      return Condition(isTrue: true, data: 0, isEnd: true, code: pendingError?.rawValue ?? 0)
    }
    // An error does not end anything (R3, S17).
    if pendingError != nil { return Condition(isTrue: true, data: incoming.byteCount) }
    // An empty datagram is something to read (R7), unless the registration asks for bytes.
    let asksForBytes = knote.filterFlags & KernelEvent.lowWaterMark != 0
    let least = asksForBytes ? knote.readLowWater(most: options.receiveBufferSize) : 0
    return Condition(
      isTrue: !incoming.isEmpty && incoming.byteCount >= least, data: incoming.byteCount)
  }

  /// There is always room, since nothing waits to be sent (R11).
  override func writeCondition(_ knote: Knote) -> Condition {
    let room = options.sendBufferSize
    if isWriteShut {
      return Condition(isTrue: true, data: room, isEnd: true, code: pendingError?.rawValue ?? 0)
    }
    return Condition(isTrue: pendingError != nil || room >= knote.writeLowWater(1), data: room)
  }

  // MARK: Connecting

  override func connect(_ world: World, to address: SocketAddress) -> IOResult {
    choosePeer(address, world)
  }

  // MARK: Receiving

  override func beginReceive(_ world: World, limit: Int, isPeek: Bool) -> IOResult {
    source = .none
    isTruncated = false
    if let first = incoming.first {
      source = first.source
      isTruncated = first.count > limit
      return .success(min(first.count, limit))
    }
    if let errno = pendingError {
      if !isPeek { pendingError = nil }
      return .failure(errno)
    }
    // A call without room blocks as well: a count of 0 would say that an empty datagram was there.
    return isReadShut ? .success() : .failure(.wouldBlock)
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
