internal import MetalCore
internal import MetalKqueue

/// A TCP socket: a listener, or one end of a connection.
///
/// A segment has the bytes of one call, as far as the peer has room.
final class TCPSocket: IPSocket {
  /// An attempt to connect.
  struct Attempt {
    let start: Int64
    /// The number of requests after the first one.
    var retries = 0
    /// The error with which the network has answered a request.
    var softError: Errno?

    /// The delay after a lost or dropped request, in nanoseconds: 1 s, doubled with each request up to 64 s.
    var delay: Int64 { 1_000_000_000 << Int64(min(retries, 6)) }
  }

  enum State {
    /// The socket has no connection, and may be a listener.
    case idle
    case connecting(Connection, Attempt)
    /// The listener's side of a handshake, with `nil` for a listener that had no room.
    case accepting(Connection, TCPSocket?)
    case connected(Connection)
    /// A refusal, a reset or a timeout has ended the connection, which may have unread bytes.
    case broken(Connection)
  }

  var state = State.idle
  /// Whether the socket has no descriptor any more.
  var isClosed = false
  /// Whether the program shut the socket down before connecting, on a system that then makes the socket useless.
  private var isUseless = false

  /// The end of a connection that the socket is or was.
  var connection: Connection? {
    switch state {
    case .idle: nil
    case .connecting(let connection, _), .accepting(let connection, _): connection
    case .connected(let connection), .broken(let connection): connection
    }
  }

  /// The connection while it lasts.
  var live: Connection? {
    if case .connected(let connection) = state { connection } else { nil }
  }

  var isBroken: Bool {
    if case .broken = state { true } else { false }
  }

  /// The least room of a writable socket (`SO_SNDLOWAT`, R8).
  private var sendLowWater: Int { min(2_048, options[.sendBufferSize]) }

  // MARK: Filters

  override func readCondition(_ knote: Knote) -> Condition {
    switch state {
    case .idle: return listenerReadCondition
    case .connecting, .accepting: return .never
    case .connected(let connection), .broken(let connection):
      return streamReadCondition(
        knote, count: connection.incoming.count, isEnd: isBroken || connection.receiving.isOver)
    }
  }

  override func writeCondition(_ knote: Knote) -> Condition {
    switch state {
    case .idle, .connecting, .accepting: return .never
    case .connected(let connection), .broken(let connection):
      let room = options[.sendBufferSize] - connection.unsent
      let isEnd = isBroken || connection.sending.end != .open
      return streamWriteCondition(knote, room: room, lowWater: sendLowWater, isEnd: isEnd)
    }
  }

  override var connectionNumber: UInt64 { connection?.serial ?? 0 }

  // MARK: Connecting

  /// Whether there is a connection, which ends when both ends have finished, even with unread bytes.
  private var isConnected: Bool { live.map { $0.sending.end != .delivered || !$0.receiving.hasEnded } ?? false }

  override var peerAddress: AnyEndpointAddress? { isConnected ? super.peerAddress : nil }

  override func connect(_ world: World, to address: SocketAddress) throws(Errno) {
    switch state {
    case .connected: throw .alreadyConnected
    case .connecting, .accepting: throw .already
    case .broken: throw .invalid
    case .idle: if backlog != nil { throw .notSupported }
    }
    let target = try destination(address)
    guard !target.isMulticast else { throw .familyNotSupported }
    guard bound.map({ $0.reaches(target) }) ?? true else { throw .invalid }
    let other = world.kernel(with: target, from: kernel)
    guard other != nil || kernel.host.mayHaveHost(target) else { throw .networkUnreachable }
    // A port that is chosen now has no connection yet.
    let mayClash = bound != nil
    let bound = try bindIfNeeded(world)
    let source = bound.isUnspecified ? kernel.host.source(towards: target, port: bound.port) : bound
    if mayClash, kernel.connections.hasConnection(from: source, to: target) { throw .addressInUse }
    local = source
    remote = target
    let connection = Connection(
      world.network.makeConnection(), Packet.End(host: kernel.host.index, address: source),
      Packet.End(host: other?.host.index ?? -1, address: target), window: options[.receiveBufferSize])
    state = .connecting(connection, Attempt(start: world.now))
    kernel.connections.insert(self, connection)
    send(.connectionRequest, connection, count: connection.receiving.window, world)
    throw .inProgress
  }

  override func listen(_ world: World, backlog limit: Int) throws(Errno) {
    guard case .idle = state else { throw .invalid }
    _ = try bindIfNeeded(world)
    setBacklog(limit: Backlog.limit(limit, addsHalf: world.profile.tcp.addsHalfToBacklog))
  }

  override func accept(_ world: World) throws(Errno) -> Socket {
    let accepted = try super.accept(world)
    guard let connection = accepted as? TCPSocket, connection.live == nil else { return accepted }
    // The connection broke while it waited (S15).
    connection.isClosed = true
    connection.leave(world)
    throw .connectionAborted
  }

  // MARK: Bytes

  override func receive(_ world: World, _ call: inout Reception, _ copy: Copying) throws(Errno) -> Int {
    let (connection, isEnd): (Connection, Bool)
    switch state {
    case .idle: throw .notConnected
    case .connecting(let own, _), .accepting(let own, _), .connected(let own):
      (connection, isEnd) = (own, own.receiving.isOver)
    case .broken(let own): (connection, isEnd) = (own, true)
    }
    let count = try receiveStream(call, from: &connection.incoming, isEnd: isEnd, copy)
    if count > 0, !call.isPeek { grant(count, world) }
    return count
  }

  override func send(_ world: World, _ call: Transmission, _ append: Appending) throws(Errno) -> Int {
    guard call.target == nil else { throw .familyNotSupported }
    // The end of this direction comes before the error (R15).
    guard case .connected(let connection) = state else {
      throw isBroken ? .brokenPipe : takePendingError() ?? .notConnected
    }
    guard connection.sending.end == .open else { throw .brokenPipe }
    if let errno = takePendingError() { throw errno }
    let room = options[.sendBufferSize] - connection.unsent
    let count = try streamRoom(for: call.count, room: room, lowWater: sendLowWater)
    append(&connection.outgoing, count)
    pump(world)
    return count
  }

  /// The reason why a call fails on a broken connection or a useless socket; `nil` if there is none.
  override func refusal(of call: Call) -> Errno? {
    switch call {
    case .getsockname: isUseless || isBroken && kernel.profile.tcp.forgetsAfterReset ? .invalid : nil
    case .bind, .connect, .listen, .accept, .getpeername, .shutdown: isUseless ? .invalid : nil
    default: nil
    }
  }

  /// The reason why an option fails, because only options of TCP end with the connection.
  override func refusal(of option: SocketOptionName) -> Errno? {
    switch option {
    case .noDelay, .keepAliveIdle, .keepAliveInterval, .keepAliveProbes: isBroken ? .connectionReset : nil
    default: super.refusal(of: option)
    }
  }

  override func optionChanged(_ option: SocketOptionName, _ world: World) {
    guard live != nil else { return }
    if option == .sendBufferSize { writers.touch(world) }
    if option == .receiveBufferSize { adjustWindow(world) }
  }

  // MARK: Ending

  override func shutdown(_ world: World, _ direction: ShutdownDirection) throws(Errno) {
    if case .idle = state, backlog == nil, world.profile.tcp.shutsDownUnconnected {
      isUseless = true
      return
    }
    if isBroken, direction != .read, world.profile.tcp.forgetsAfterReset { throw .invalid }
    guard isConnected, let live else { throw .notConnected }
    if direction != .write { shutReading(live, world) }
    if direction != .read { shutWriting(live, world) }
  }

  /// Discards the bytes that have arrived, and all later bytes.
  ///
  /// The other end notices nothing until it has used up the window (S10).
  private func shutReading(_ connection: Connection, _ world: World) {
    guard !connection.receiving.isShut else { return }
    connection.receiving.isShut = true
    connection.receiving.throwAway(connection.dropIncoming())
    isEndKnown = true
    readers.touch(world)
  }

  private func shutWriting(_ connection: Connection, _ world: World) {
    guard connection.sending.end == .open else { return }
    connection.sending.end = .requested
    pump(world)
    writers.touch(world)
  }

  override func close(_ world: World) {
    isClosed = true
    unbind()
    switch state {
    case .idle: stopListening(world)
    case .connecting, .accepting, .broken: leave(world)
    case .connected(let connection):
      let isUnread = world.profile.tcp.resetsOnUnreadData && !connection.incoming.isEmpty
      if options[.linger] == 0 || isUnread { abort(world) } else { finish(connection, world) }
    }
  }

  override func fill(_ entry: inout Netstat.Entry) {
    entry.state = netstatState
    entry.peer = remote.map { .internet(shown($0)) }
    entry.received = connection?.incoming.count ?? 0
    entry.unsent = connection?.unsent ?? 0
    entry.connection = connection?.serial
  }

  override var summary: String {
    let own = localAddress?.description ?? ""
    if let backlog { return "tcp \(own) listening, \(backlog.count) waiting" }
    let other = remote?.description ?? "nobody"
    let (received, unsent) = (connection?.incoming.count ?? 0, connection?.unsent ?? 0)
    return "tcp \(own) ↔ \(other), \(state.name), received \(received) B, to send \(unsent) B"
  }
}
