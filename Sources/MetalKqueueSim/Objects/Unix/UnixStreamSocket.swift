internal import MetalCore
internal import MetalKqueue

/// A Unix-domain stream: a listener, or one end of a connection.
///
/// A stream has no send buffer: bytes go into the other end's buffer at once.
final class UnixStreamSocket: UnixSocket {
  /// The other end, until one of the ends is closed.
  private var peer: UnixStreamSocket?
  /// Whether there is, or was, another end.
  private var wasConnected = false
  private var incoming = ByteQueue()
  /// The last room of a closed connection, on systems that go on reporting it (S19).
  private var roomAtEnd = 0

  /// The most bytes that may wait at the other end (R13).
  private var capacity: Int {
    guard let peer else { return 0 }
    let atPeer = peer.options[.receiveBufferSize]
    return kernel.profile.unix.countsOwnBuffer ? min(options[.sendBufferSize], atPeer) : atPeer
  }

  /// The room that is left, or 0 in a buffer that is smaller than its contents.
  private var room: Int { peer.map { max(capacity - $0.incoming.count, 0) } ?? roomAtEnd }

  /// The least room of a writable socket (`SO_SNDLOWAT`, R8).
  private var sendLowWater: Int { min(2_048, capacity) }

  // MARK: Filters

  override func readCondition(_ knote: Knote) -> Condition {
    guard wasConnected else { return listenerReadCondition }
    return streamReadCondition(knote, count: incoming.count, isEnd: isReadShut)
  }

  override func writeCondition(_ knote: Knote) -> Condition {
    guard wasConnected else { return .never }
    // Only some systems see whether the other end reads (S21).
    let isUnread = kernel.profile.unix.reportsPeerReadShutdown && peer?.isReadShut == true
    return streamWriteCondition(knote, room: room, lowWater: sendLowWater, isEnd: isWriteShut || isUnread)
  }

  // MARK: Connecting

  /// Makes two unnamed streams that are connected with each other.
  static func makePair(_ kernel: KernelState) -> (Socket, Socket) {
    let first = UnixStreamSocket(kernel, .unix, .stream)
    let second = UnixStreamSocket(kernel, .unix, .stream)
    first.link(with: second)
    return (first, second)
  }

  private func link(with other: UnixStreamSocket) {
    peer = other
    other.peer = self
    wasConnected = true
    other.wasConnected = true
  }

  /// Connects at once, so that bytes wait until the listener accepts the connection (S18).
  override func connect(_ world: World, to address: UnixAddress) throws(Errno) {
    if peer != nil { throw .alreadyConnected }
    // Real systems let the stream connect again without reading from it, which the simulator does not model.
    if wasConnected || backlog != nil { throw .notSupported }
    let listener: UnixStreamSocket = try partner(at: address)
    // A full queue refuses at once (S16), as does a socket that does not listen.
    guard let backlog = listener.backlog, !backlog.isFull else { throw .connectionRefused }
    let server = UnixStreamSocket(kernel, .unix, .stream)
    server.options = listener.options
    server.name = listener.name
    link(with: server)
    backlog.append(server)
    listener.readers.touch(world)
    writers.touch(world)
  }

  /// Makes a bound socket a listener, or changes the backlog of a listener.
  override func listen(_ world: World, backlog limit: Int) throws(Errno) {
    guard !wasConnected, !name.isUnnamed else { throw .invalid }
    setBacklog(limit: Backlog.limit(limit))
  }

  override var peerAddress: AnyEndpointAddress? { peer.map { .unix($0.name) } }

  // MARK: Bytes

  override func receive(_ world: World, _ call: inout Reception, _ copy: Copying) throws(Errno) -> Int {
    guard wasConnected else { throw .notConnected }
    let count = try receiveStream(call, from: &incoming, isEnd: isReadShut, copy)
    // The new room fires the writing direction, even without a failed write before (R10).
    if count > 0, !call.isPeek { peer?.writers.touch(world) }
    return count
  }

  override func send(_ world: World, _ call: Transmission, _ append: Appending) throws(Errno) -> Int {
    guard call.target == nil else { throw .familyNotSupported }
    // The end of this direction, and a peer that reads nothing more, come before the error (R15, S21).
    let isUnread = peer?.isReadShut == true
    if isWriteShut || isUnread && world.profile.unix.failsWritesToShutReader { throw .brokenPipe }
    if let errno = takePendingError() { throw errno }
    guard let peer else { throw .notConnected }
    let count = try streamRoom(for: call.count, room: room, lowWater: sendLowWater)
    // Every arrival of bytes fires, even if earlier bytes are unread (R5).
    guard count > 0 else { return 0 }
    if isUnread {
      var thrownAway = ByteQueue()
      append(&thrownAway, count)
      return count
    }
    append(&peer.incoming, count)
    peer.readers.touch(world)
    return count
  }

  override func optionChanged(_ option: SocketOptionName, _ world: World) {
    // A larger buffer gives room to the end that sends into the buffer.
    if option == .sendBufferSize { writers.touch(world) }
    if option == .receiveBufferSize { peer?.writers.touch(world) }
  }

  // MARK: Ending

  override func shutdown(_ world: World, _ direction: ShutdownDirection) throws(Errno) {
    guard peer != nil else {
      if !wasConnected || world.profile.unix.refusesShutdownAfterClose { throw .notConnected }
      return
    }
    if direction != .write { shutReading(world) }
    if direction != .read { shutWriting(world) }
  }

  /// Discards the bytes that have arrived, and takes no more bytes (S10, S21).
  private func shutReading(_ world: World) {
    isReadShut = true
    incoming.removeAll()
    readers.touch(world)
    if world.profile.unix.reportsPeerReadShutdown { peer?.writers.touch(world) }
  }

  /// Ends the writing direction: the other end reads the bytes that are left, then the end (S9, S5).
  private func shutWriting(_ world: World) {
    isWriteShut = true
    writers.touch(world)
    peer?.isReadShut = true
    peer?.readers.touch(world)
  }

  override func close(_ world: World) {
    kernel.host.socketFiles.release(self)
    stopListening(world)
    disconnect(world)
    incoming.removeAll()
  }

  /// Ends the waiting connections, because no program will accept them.
  ///
  /// On macOS the other ends read the end of the stream. On FreeBSD the other ends get a broken pipe (`uipc_abort`).
  private func stopListening(_ world: World) {
    let waiting = backlog
    backlog = nil
    while let connection = waiting?.takeFirst() as? UnixStreamSocket {
      if world.profile.unix.failsUnacceptedStreams { connection.peer?.pendingError = .brokenPipe }
      connection.close(world)
    }
  }

  /// Ends the connection for both ends, without an error and without the loss of unread bytes (S19).
  private func disconnect(_ world: World) {
    guard let other = peer else { return }
    if world.profile.unix.keepsRoomAtEnd { other.roomAtEnd = other.room }
    leave()
    other.leave()
    other.touchBoth(world)
  }

  private func leave() {
    peer = nil
    isReadShut = true
    isWriteShut = true
  }

  override func unlink() {
    peer = nil
    while let connection = backlog?.takeFirst() { connection.unlink() }
  }

  override func fill(_ entry: inout Netstat.Entry) {
    entry.state = peer != nil ? .established : backlog != nil ? .listen : .closed
    entry.received = incoming.count
  }

  override var summary: String {
    if let backlog { return "unix stream \(nameText) listening, \(backlog.count) waiting" }
    let stateName = peer != nil ? "connected" : wasConnected ? "disconnected" : "idle"
    let other = peer?.nameText ?? "nobody"
    return "unix stream \(nameText) ↔ \(other), \(stateName), received \(incoming.count) B, \(room) B free"
  }
}
