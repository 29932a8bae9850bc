internal import MetalCore
internal import MetalKqueue

/// A TCP socket: a listener, or one end of a connection.
///
/// A segment is what one call sends, or as much of it as the peer has room for. Nothing is lost on the way.
final class TCPSocket: IPSocket {
  override var tcp: TCPSocket? { self }

  enum State {
    case idle
    case listening
    case connecting
    case connected
    /// The connection was refused, reset, or given up.
    case broken
  }

  var state = State.idle
  /// The other end, as long as there is something to say to it.
  var peer: TCPSocket?
  /// The way to the other end.
  let way = Way()

  // A listener.
  var backlog = 0
  /// Connections whose handshake is finished, and the number of those whose is not.
  var completed = ConnectionQueue<TCPSocket>()
  var unfinished = 0

  // An end of a connection.
  var incoming = ByteQueue()
  var outgoing = ByteQueue()
  /// Bytes that were sent and that the other end has not acknowledged.
  var unacknowledged = 0
  /// Bytes that the other end still has room for, as far as this end knows.
  var credit = 0
  /// The other end will send nothing more; what this end has sent has its end.
  var peerHasFinished = false
  var hasSentEnd = false
  /// The other end has learnt that this one will write nothing more.
  var isEndDelivered = false
  /// This end has finished before the other one did.
  var hasFinishedFirst = false
  /// Segments are being sent.
  var isPumping = false
  /// Bytes that the other end was promised room for, and that a smaller buffer would not have.
  var excess = 0
  /// The size of the receive buffer that the other end was told of last.
  var promised = 0
  /// Whether the connection came through a listener, whose port it uses.
  var isAccepted = false
  /// When a connection attempt was begun.
  var attemptStart: Int64 = 0

  var room: Int { options.sendBufferSize - outgoing.count - unacknowledged }

  /// Whether nothing more will arrive.
  private var hasReadEnd: Bool { peerHasFinished || isReadShut || state == .broken }

  /// The room from which on the socket counts as writable (`SO_SNDLOWAT`, R8).
  var sendLowWater: Int { min(2_048, options.sendBufferSize) }

  // MARK: Filters

  override func readCondition(_ knote: Knote) -> Condition {
    if state == .listening {
      let extra = kernel.profile.countsUnfinishedConnections ? unfinished : 0
      return Condition(isTrue: !completed.isEmpty, data: completed.count + extra)
    }
    guard state == .connected || state == .broken else { return .never }
    return streamReadCondition(knote, count: incoming.count, isEnd: hasReadEnd)
  }

  override func writeCondition(_ knote: Knote) -> Condition {
    guard state == .connected || state == .broken else { return .never }
    let isEnd = isWriteShut || state == .broken
    return streamWriteCondition(knote, room: room, lowWater: sendLowWater, isEnd: isEnd)
  }

  override var waitingConnections: Int? { state == .listening ? completed.count : nil }

  // MARK: Connecting

  /// Whether there is a connection: it is over when both ends have finished, though what arrived can still be read.
  private var isConnected: Bool { state == .connected && !(isEndDelivered && peerHasFinished) }

  override var peerAddress: SocketAddress? { isConnected ? super.peerAddress : nil }

  override func connect(_ world: World, to address: SocketAddress) -> IOResult {
    beginConnecting(world, to: address)
  }

  override func listen(_ world: World, backlog: Int) -> IOResult { beginListening(world, backlog: backlog) }

  override func accept(_ world: World) -> (socket: Socket?, errno: Errno) { takeConnection(world) }

  // MARK: Receiving

  override func receive(
    _ world: World, _ call: inout Reception, _ copy: (borrowing ByteQueue, Int) -> Void
  ) -> IOResult {
    if state == .idle || state == .listening { return .failure(.notConnected) }
    let result = receiveStream(call, from: &incoming, isEnd: hasReadEnd, copy)
    if result.rawValue > 0, !call.isPeek { grant(result.rawValue, world) }
    return result
  }

  // MARK: Sending

  override func send(
    _ world: World, _ call: Transmission, _ append: (inout ByteQueue, Int) -> Void
  ) -> IOResult {
    guard call.target == nil else { return .failure(.familyNotSupported) }
    // The end of this direction comes before the error (R15).
    if isWriteShut || state == .broken { return .failure(.brokenPipe) }
    if let errno = takePendingError() { return .failure(errno) }
    guard state == .connected else { return .failure(.notConnected) }
    let result = streamRoom(for: call.count, room: room, lowWater: sendLowWater)
    guard result.isSuccess else { return result }
    append(&outgoing, result.rawValue)
    pump(world)
    return result
  }

  override func optionChanged(_ option: SocketOptionName, _ world: World) {
    guard state == .connected else { return }
    if option == .sendBufferSize { writers.touch(world) }
    guard option == .receiveBufferSize else { return }
    let growth = options.receiveBufferSize - promised
    promised = options.receiveBufferSize
    if growth < 0 { excess -= growth } else { grant(growth, world) }
  }

  // MARK: Ending

  override func shutdown(_ world: World, _ direction: ShutdownDirection) -> IOResult {
    guard isConnected else { return .failure(.notConnected) }
    if direction != .write { shutReading(world) }
    if direction != .read { shutWriting(world) }
    return .success()
  }

  /// What has arrived, and what will, is thrown away; the other end notices nothing (S10).
  private func shutReading(_ world: World) {
    guard !isReadShut else { return }
    isReadShut = true
    isEndKnown = true
    let dropped = incoming.count
    incoming.removeAll()
    grant(dropped, world)
    readers.touch(world)
  }

  private func shutWriting(_ world: World) {
    guard !isWriteShut else { return }
    isWriteShut = true
    pump(world)
    writers.touch(world)
  }

  override func close(_ world: World) {
    isClosed = true
    unbind()
    switch state {
    case .idle, .broken: leave(world)
    case .listening: stopListening(world)
    case .connecting: abort(world)
    case .connected:
      if options.linger == 0 || world.profile.resetsOnUnreadData && !incoming.isEmpty {
        abort(world)
      } else {
        finish(world)
      }
    }
  }

  override func unlink() {
    peer = nil
    while let connection = completed.takeFirst() { connection.unlink() }
  }

  override var summary: String {
    let own = localAddress?.description ?? ""
    guard state != .listening else { return "tcp \(own) listening, \(completed.count) waiting" }
    let other = remote?.description ?? "nobody"
    return
      "tcp \(own) ↔ \(other), \(state), received \(incoming.count) B, to send \(outgoing.count + unacknowledged) B"
  }
}
