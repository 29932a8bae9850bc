internal import MetalCore
internal import MetalKqueue

/// A Unix-domain socket for datagrams.
///
/// A socket has no send buffer: a datagram goes into the receiver's queue at once, or not at all. FreeBSD 14 counts the
/// datagrams of each connected sender separately. In the simulator the queue has one limit, as on macOS.
final class UnixDatagramSocket: UnixSocket {
  /// The socket that this socket is connected to, which may be itself.
  private var peer: UnixDatagramSocket?
  /// The sockets that are connected to this socket.
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

  /// Sends a datagram to an address, or to the peer of a connected socket.
  override func send(_ world: World, _ call: Transmission, _ append: Appending) throws(Errno) -> Int {
    if case .internet = call.target { throw .familyNotSupported }
    // The end of this direction comes before the error (R15).
    if isWriteShut { throw .brokenPipe }
    if let errno = takePendingError() { throw errno }
    let receiver = try receiver(of: call)
    // A full queue is an error and not would-block, because no event reports the new room (R13).
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

  /// The number of bytes that the system keeps for the sender's address beside a datagram.
  ///
  /// The address is a structure with the path and its terminator, or a structure of 16 bytes without a path.
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

  /// Shuts down one or both directions, without an event at the other end.
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
    // No event reports the close to connected sockets. The next call of each socket has the same error (S20).
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
