internal import MetalCore
internal import MetalKqueue

/// A Unix-domain socket for datagrams.
///
/// A socket has no buffer for sending: a datagram goes into the receiver's queue at once, or not at all. FreeBSD 14 counts
/// the datagrams of each connected sender apart from the rest. Here the queue has one limit, as on macOS.
final class UnixDatagramSocket: UnixSocket {
  /// The socket that this one is connected to, perhaps itself.
  private var peer: UnixDatagramSocket?
  /// The sockets that are connected to this one.
  private var senders: [ObjectIdentifier: UnixDatagramSocket] = [:]

  /// Makes two unnamed sockets that are connected with each other.
  static func makePair(_ kernel: KernelState) -> (Socket, Socket) {
    let first = UnixDatagramSocket(kernel, .unix, .datagram)
    let second = UnixDatagramSocket(kernel, .unix, .datagram)
    first.link(to: second)
    second.link(to: first)
    return (first, second)
  }

  // MARK: Sending

  /// A connected socket sends to its peer alone; a socket receives from every sender, connected or not.
  override func send(_ world: World, _ call: Transmission, _ append: Appending) throws(Errno) -> Int {
    if case .internet = call.target { throw .familyNotSupported }
    // The end of this direction comes before the error (R15).
    if isWriteShut { throw .brokenPipe }
    if let errno = takePendingError() { throw errno }
    let receiver = try receiver(of: call)
    // A queue without room is reported as such, and not as would-block: no event says when there is room again (R13).
    guard !receiver.isReadShut,
      receiver.datagrams.hasRoom(
        for: call.count, overhead: nameSize, limit: receiver.options[.receiveBufferSize])
    else { throw .noBufferSpace }
    receiver.datagrams.append(call.count, from: .unix(name), overhead: nameSize, append)
    receiver.readers.touch(world)
    return call.count
  }

  /// The socket that a call sends to.
  private func receiver(of call: Transmission) throws(Errno) -> UnixDatagramSocket {
    guard case .unix(let address) = call.target else {
      guard let peer else { throw .destinationRequired }
      guard call.count <= options[.sendBufferSize] else { throw .messageTooLong }
      return peer
    }
    guard call.count <= options[.sendBufferSize] else { throw .messageTooLong }
    guard peer == nil else { throw .alreadyConnected }
    return try partner(at: address)
  }

  /// The bytes that the system keeps of the sender's address beside a datagram.
  ///
  /// It is the structure with the path and its terminator, or a structure of 16 bytes without a path.
  private var nameSize: Int { name.isUnnamed ? 16 : name.name.count + 3 }

  // MARK: Connecting and ending

  override var peerAddress: AnyEndpointAddress? { peer.map { .unix($0.name) } }

  /// Connecting first discards the old peer and its pending error, even if connecting to the new peer fails.
  override func connect(_ world: World, to address: UnixAddress) throws(Errno) {
    unlinkPeer()
    pendingError = nil
    link(to: try partner(at: address))
    // The filters run, as for every socket that becomes connected.
    readers.touch(world)
    writers.touch(world)
  }

  private func link(to other: UnixDatagramSocket) {
    peer = other
    other.senders[ObjectIdentifier(self)] = self
  }

  private func unlinkPeer() {
    peer?.senders[ObjectIdentifier(self)] = nil
    peer = nil
  }

  /// No event reports this to the other end.
  override func shutdown(_ world: World, _ direction: ShutdownDirection) throws(Errno) {
    guard peer != nil else { throw .notConnected }
    if direction != .write {
      isReadShut = true
      datagrams.removeAll()
      readers.touch(world)
    }
    if direction != .read {
      isWriteShut = true
      writers.touch(world)
    }
  }

  override func close(_ world: World) {
    kernel.host.socketFiles.release(self)
    unlinkPeer()
    // No event reports this to the sockets that are connected here: their next call has the error (S20). The order is open,
    // because each has the same error.
    for sender in senders.values {
      sender.peer = nil
      sender.pendingError = .connectionReset
    }
    senders.removeAll()
    datagrams.removeAll()
  }

  override func unlink() {
    peer = nil
    senders.removeAll()
  }

  override var summary: String {
    "unix datagram \(nameText) → \(peer?.nameText ?? "nobody"), received \(datagrams.byteCount) B"
  }
}
