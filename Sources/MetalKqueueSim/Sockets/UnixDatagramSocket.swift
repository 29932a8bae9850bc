internal import MetalCore
internal import MetalKqueue

/// A Unix-domain socket for datagrams.
///
/// There is no buffer for what is sent: a datagram goes into the receiver's queue at once, or not at all. FreeBSD 14
/// counts what each connected sender has there apart from the rest; here the queue has one limit, as on macOS.
final class UnixDatagramSocket: UnixSocket {
  override var datagram: UnixDatagramSocket? { self }

  /// The socket that this one is connected to, perhaps itself.
  private var peer: UnixDatagramSocket?
  /// The sockets that are connected to this one.
  private var senders: [ObjectIdentifier: UnixDatagramSocket] = [:]
  private var incoming = DatagramQueue()

  // What is being sent, and where to.
  private var outgoing = ByteQueue()
  private var target: UnixDatagramSocket?

  /// Makes two unnamed sockets that are connected with each other.
  static func makePair(_ node: Node) -> (Socket, Socket) {
    let first = UnixDatagramSocket(node, .unix, .datagram, node.profile)
    let second = UnixDatagramSocket(node, .unix, .datagram, node.profile)
    first.link(to: second)
    second.link(to: first)
    return (first, second)
  }

  // MARK: Filters

  override func readCondition(_ knote: Knote) -> Condition {
    datagramReadCondition(knote, incoming, isEnd: isReadShut)
  }

  override func writeCondition(_ knote: Knote) -> Condition {
    datagramWriteCondition(knote, isEnd: isWriteShut)
  }

  // MARK: Receiving

  override func beginReceive(_ world: World, limit: Int, isPeek: Bool) -> IOResult {
    beginDatagramReceive(incoming, limit: limit, isPeek: isPeek, isEnd: isReadShut)
  }

  override func copy(into buffer: inout MutableSpan<UInt8>, at offset: Int) -> Int {
    incoming.copyFirst(into: &buffer, at: offset)
  }

  override func endReceive(_ world: World, count: Int, isPeek: Bool) {
    // The rest of a datagram that was cut off goes with it. Nobody who sends is told that there is room again (R11).
    if !isPeek { incoming.removeFirst() }
  }

  // MARK: Sending

  override func beginSend(_ world: World, count: Int) -> IOResult {
    if let errno = refusal() { return .failure(errno) }
    guard let peer else { return .failure(.destinationRequired) }
    return begin(count, to: peer)
  }

  /// A socket that is connected sends to nobody else.
  override func beginSend(_ world: World, count: Int, to address: UnixAddress) -> IOResult {
    if let errno = refusal() { return .failure(errno) }
    guard count <= options.sendBufferSize else { return .failure(.messageTooLong) }
    guard peer == nil else { return .failure(.alreadyConnected) }
    let (found, errno) = partner(at: address)
    guard let receiver = found?.datagram else { return .failure(errno) }
    return begin(count, to: receiver)
  }

  /// Why nothing can be sent: the end of this direction is told before the error (R15).
  private func refusal() -> Errno? { isWriteShut ? .brokenPipe : takePendingError() }

  /// A queue without room is told as such, and not as would-block: no event says when there is room again (R13).
  private func begin(_ count: Int, to receiver: UnixDatagramSocket) -> IOResult {
    guard count <= options.sendBufferSize else { return .failure(.messageTooLong) }
    guard !receiver.isReadShut,
      receiver.incoming.hasRoom(
        for: count, overhead: nameSize, limit: receiver.options.receiveBufferSize)
    else { return .failure(.noBufferSpace) }
    target = receiver
    return .success(count)
  }

  /// The bytes that the system keeps of the sender's address beside a datagram: the structure with the path and its
  /// terminator, or one of 16 bytes without a path.
  private var nameSize: Int { name.isUnnamed ? 16 : name.name.count + 3 }

  override func append(_ bytes: Span<UInt8>) {
    outgoing.append(bytes)
  }

  /// Whoever sends to a socket reaches it: being connected says where this one sends to, not whom it hears.
  override func endSend(_ world: World) {
    guard let receiver = target else { return }
    target = nil
    let bytes = outgoing.take(outgoing.count)
    let isTaken = receiver.incoming.append(
      bytes.span, from: .unix(name), overhead: nameSize, limit: receiver.options.receiveBufferSize)
    if isTaken { receiver.readers.touch(world) }
  }

  // MARK: Connecting and ending

  override var peerUnixAddress: UnixAddress? { peer?.name }

  /// The old peer is given up first, and the error that it left with it, also if the new one then cannot be had.
  override func connect(_ world: World, to address: UnixAddress) -> IOResult {
    unlinkPeer()
    pendingError = nil
    let (found, errno) = partner(at: address)
    guard let other = found?.datagram else { return .failure(errno) }
    link(to: other)
    // The filters run, as for every socket that becomes connected.
    readers.touch(world)
    writers.touch(world)
    return .success()
  }

  private func link(to other: UnixDatagramSocket) {
    peer = other
    other.senders[ObjectIdentifier(self)] = self
  }

  private func unlinkPeer() {
    peer?.senders[ObjectIdentifier(self)] = nil
    peer = nil
  }

  /// No event tells the other end.
  override func shutdown(_ world: World, _ direction: ShutdownDirection) -> IOResult {
    guard peer != nil else { return .failure(.notConnected) }
    if direction != .write {
      isReadShut = true
      incoming.removeAll()
      readers.touch(world)
    }
    if direction != .read {
      isWriteShut = true
      writers.touch(world)
    }
    return .success()
  }

  override func close(_ world: World) {
    node.socketFiles.release(self)
    unlinkPeer()
    // Those connected to it learn of it by their next call only: no event says so (S20).
    // In whatever order: each learns the same.
    for sender in senders.values {
      sender.peer = nil
      sender.pendingError = .connectionReset
    }
    senders.removeAll()
    incoming.removeAll()
  }

  override func unlink() {
    peer = nil
    senders.removeAll()
  }

  override var summary: String {
    "unix datagram \(nameText) → \(peer?.nameText ?? "nobody"), received \(incoming.byteCount) B"
  }
}
