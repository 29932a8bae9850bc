extension DatagramSocket {
  /// Receives a datagram and the address of its sender.
  ///
  /// If a datagram is longer than the buffer, the call stores its beginning and discards the rest: see
  /// ``ReceivedDatagram/isTruncated``. A call with an empty buffer takes a whole datagram as well.
  ///
  /// - Parameter buffer: A mutable span, or a ``MutableIOVector``. The call fills the buffers of a vector one after the
  ///   other.
  /// - Returns: The size and the source of the datagram, or `nil` if no datagram has arrived.
  /// - Throws:
  ///   - ``IOError/Kind/connectionRefused`` if an earlier datagram of a connected UDP socket found no socket at the
  ///     peer's port.
  ///   - ``IOError/Kind/connectionReset`` on some systems if the peer of a connected Unix-domain socket is gone.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recvmsg(2), udp(7), unix(7).
  @inlinable
  public func receive(
    into buffer: consuming some MutableIOBytes & ~Copyable & ~Escapable
  ) throws(IOError) -> ReceivedDatagram<Address>? {
    var isTruncated = false
    var source = Address.unspecified
    let result = handle.kernel.receiveDatagram(
      handle.descriptor, into: buffer, isPeek: false, isTruncated: &isTruncated, from: &source)
    guard let count = try handle.receiveCount(result) else { return nil }
    return ReceivedDatagram(count: count, isTruncated: isTruncated, source: source)
  }

  /// Copies the next datagram and the address of its sender, and leaves the datagram in the queue.
  ///
  /// - Parameter buffer: A mutable span, or a ``MutableIOVector``. The call fills the buffers of a vector one after the
  ///   other.
  /// - Returns: The size and the source of the datagram, or `nil` if no datagram has arrived.
  /// - Throws: The errors that ``receive(into:)`` lists.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `MSG_PEEK` in recvmsg(2).
  @inlinable
  public func peek(
    into buffer: consuming some MutableIOBytes & ~Copyable & ~Escapable
  ) throws(IOError) -> ReceivedDatagram<Address>? {
    var isTruncated = false
    var source = Address.unspecified
    let result = handle.kernel.receiveDatagram(
      handle.descriptor, into: buffer, isPeek: true, isTruncated: &isTruncated, from: &source)
    guard let count = try handle.count(result, .readable) else { return nil }
    return ReceivedDatagram(count: count, isTruncated: isTruncated, source: source)
  }

  /// Sends a datagram to the connected peer, whole or not at all.
  ///
  /// A call that throws has sent nothing. On a connected UDP socket the call may throw the error of an earlier datagram
  /// that found no socket at the peer's port. The peer may be back by now, so send again.
  ///
  /// - Parameter bytes: A span, or an ``IOVector``, whose buffers make one datagram. The datagram may be empty.
  /// - Returns: The size of the whole datagram, or `nil` if there is no space.
  /// - Throws:
  ///   - ``IOError/Kind/destinationAddressRequired`` if the socket has no peer. On Linux a Unix-domain socket throws
  ///     ``IOError/Kind/notConnected`` instead.
  ///   - ``IOError/Kind/messageTooLong`` if no packet or no buffer can hold the datagram.
  ///   - ``IOError/Kind/connectionRefused`` if no socket has the peer's address, or no socket had the address when an
  ///     earlier datagram arrived.
  ///   - ``IOError/Kind/noBufferSpace`` on macOS and the BSDs if the peer's queue is full.
  ///   - ``IOError/Kind/networkUnreachable`` if there is no route.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: send(2), sendmsg(2), udp(7), unix(7).
  @inlinable
  public func send(_ bytes: borrowing some IOBytes & ~Copyable & ~Escapable) throws(IOError) -> Int? {
    try handle.count(handle.kernel.send(handle.descriptor, bytes), .writable)
  }

  /// Sends a datagram to an address, whole or not at all.
  ///
  /// On Linux an unconnected Unix-domain socket counts as writable even while the receiver's queue is full. Each
  /// attempt makes an event that reports writable, so a program that sends at each event spins. Call ``connect(to:)``
  /// first, or send again after a while.
  ///
  /// - Parameters:
  ///   - bytes: A span, or an ``IOVector``, whose buffers make one datagram. The datagram may be empty.
  ///   - address: The receiver's address.
  /// - Returns: The size of the whole datagram, or `nil` if there is no space.
  /// - Throws:
  ///   - The errors that ``send(_:)`` lists.
  ///   - ``IOError/Kind/permissionDenied`` for a broadcast address while ``SocketOption/broadcast`` is off.
  ///   - ``IOError/Kind/alreadyConnected`` on macOS and the BSDs if the socket is connected.
  ///   - ``IOError/Kind/unsupported`` or ``IOError/Kind/invalidInput`` for an address of the other family.
  ///   - ``IOError/Kind/notFound`` if the file does not exist.
  ///   - ``IOError/Kind/connectionRefused`` if no socket is bound to the file.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendto(2), sendmsg(2), udp(7), unix(7).
  @inlinable
  public func send(
    _ bytes: borrowing some IOBytes & ~Copyable & ~Escapable, to address: Address
  ) throws(IOError) -> Int? {
    try handle.count(handle.kernel.sendDatagram(handle.descriptor, bytes, to: address), .writable)
  }
}

extension DatagramSocket where Address == UnixAddress {
  /// Makes a Unix-domain socket without an address.
  ///
  /// The socket can send, and can receive when it is connected or bound.
  ///
  /// - Parameters:
  ///   - options: The options to set, such as `.receiveBufferSize(65_536)`.
  ///   - kernel: The kernel that opens the socket. Use the kernel of the poll.
  /// - Throws:
  ///   - ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left.
  ///   - ``IOError/Kind/invalidInput`` for an option out of its range.
  ///   - ``IOError/Kind/unsupported`` if the system lacks the address family or an option.
  /// - Complexity: One system call, and one more for each option; no allocation.
  ///
  /// Source: socket(2), unix(7).
  @inlinable @inline(never)
  public init(
    options: [SocketSetting<SocketKind.Datagram, UnixAddress>] = [], on kernel: S.K = .current
  ) throws(IOError) {
    handle = try SourceHandle.open(.unix, .datagram, options, on: kernel)
  }

  /// Makes two unnamed Unix-domain sockets that are connected with each other.
  ///
  /// - Parameter kernel: The kernel that opens the sockets. Use the kernel of the poll.
  /// - Throws:
  ///   - ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left.
  ///   - ``IOError/Kind/unsupported`` if the kernel has no socket pairs.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: socketpair(2).
  @inlinable
  public static func pair(on kernel: S.K = .current) throws(IOError) -> Pair<Self, Self> {
    let descriptors = try kernel.openSocketPair(.datagram)
    return Pair(
      Self(handle: SourceHandle(owning: descriptors.first, on: kernel)),
      Self(handle: SourceHandle(owning: descriptors.second, on: kernel)))
  }

  /// Ends one or both directions of a connected Unix-domain socket.
  ///
  /// The descriptor stays open.
  ///
  /// - Parameter direction: The direction to end, or both.
  /// - Throws: ``IOError/Kind/notConnected`` if the socket has no peer.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: shutdown(2).
  @inlinable
  public func shutdown(_ direction: ShutdownDirection) throws(IOError) {
    try handle.kernel.shutdown(handle.descriptor, direction)
  }
}

/// The size and the source of a received datagram.
@frozen
public struct ReceivedDatagram<Address: EndpointAddress>: Equatable, Sendable, BitwiseCopyable {
  /// The number of bytes stored in the buffer.
  ///
  /// A count of 0 means an empty datagram, and not the end of a stream.
  public let count: Int
  /// Whether the datagram was longer than the buffer, so that its rest is lost.
  public let isTruncated: Bool
  /// The sender's address, or the unspecified address if the system gave no address or an address of another family.
  public let source: Address

  @inlinable
  init(count: Int, isTruncated: Bool, source: Address) {
    self.count = count
    self.isTruncated = isTruncated
    self.source = source
  }
}
