extension DatagramSocket {
  /// Receives a datagram and the address it came from; returns `nil` if nothing has arrived.
  ///
  /// A datagram longer than the buffer is cut off, and the rest of it is lost: see ``ReceivedDatagram/isTruncated``. An
  /// empty buffer takes a whole datagram as well.
  ///
  /// - Parameter buffer: A mutable span, or a ``MutableIOVector``, whose buffers are filled one after the other.
  /// - Throws: ``IOError/Kind/connectionRefused`` if an earlier datagram of a connected UDP socket found nobody at its
  ///   port; ``IOError/Kind/connectionReset`` on some systems if the peer of a connected Unix-domain socket is gone.
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

  /// Copies the next datagram, and the address it came from, without taking it; returns `nil` if nothing has arrived.
  ///
  /// - Throws: As ``receive(into:)``.
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

  /// Sends a datagram to the connected peer, whole or not at all; returns `nil` if there is no space.
  ///
  /// A call that throws has sent nothing. On a connected UDP socket it may throw the error of an earlier datagram that
  /// found no socket at the peer's port, even if the peer is back by now. Send again.
  ///
  /// - Parameter bytes: A span, or an ``IOVector``, whose buffers make one datagram; it may be empty.
  /// - Returns: The number of bytes sent: all of them.
  /// - Throws: ``IOError/Kind/destinationAddressRequired`` (on Linux for a Unix-domain socket
  ///   ``IOError/Kind/notConnected``) without a peer; ``IOError/Kind/messageTooLong`` if no packet, or no buffer, can
  ///   hold it; ``IOError/Kind/connectionRefused`` if nobody is at the peer's address, or was when an earlier datagram
  ///   got there; ``IOError/Kind/noBufferSpace`` on macOS and the BSDs if the peer's queue is full;
  ///   ``IOError/Kind/networkUnreachable`` if there is no route.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: send(2), sendmsg(2), udp(7), unix(7).
  @inlinable
  public func send(_ bytes: borrowing some IOBytes & ~Copyable & ~Escapable) throws(IOError) -> Int? {
    try handle.count(handle.kernel.send(handle.descriptor, bytes), .writable)
  }

  /// Sends a datagram to an address, whole or not at all; returns `nil` if there is no space.
  ///
  /// On Linux, while the queue of a Unix-domain receiver is full, an unconnected socket counts as writable all the
  /// same. Each attempt makes an event that reports it, so sending at each event spins: ``connect(to:)`` first, or send
  /// again after a while.
  ///
  /// - Returns: The number of bytes sent: all of them.
  /// - Throws: As ``send(_:)``; ``IOError/Kind/permissionDenied`` for a broadcast address while that is off;
  ///   ``IOError/Kind/alreadyConnected`` on macOS and the BSDs if the socket is connected; ``IOError/Kind/unsupported``
  ///   or ``IOError/Kind/invalidInput`` for an address of the other family; ``IOError/Kind/notFound`` if there is no
  ///   such file; ``IOError/Kind/connectionRefused`` if nobody is bound to it.
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
  /// Makes a Unix-domain socket without an address, which can send, and receive once it is connected or bound.
  ///
  /// - Throws: ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left;
  ///   ``IOError/Kind/invalidInput`` for an option out of its range; ``IOError/Kind/unsupported`` if the system lacks
  ///   the address family or an option.
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
  /// - Throws: ``IOError/Kind/tooManyOpenFiles`` or ``IOError/Kind/tooManyOpenFilesInSystem`` if no descriptor is left;
  ///   ``IOError/Kind/unsupported`` if the kernel does not offer it.
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

  /// Ends one or both directions of a connected Unix-domain socket; the descriptor stays open.
  ///
  /// - Throws: ``IOError/Kind/notConnected`` without a peer.
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
  /// The number of bytes stored in the buffer; 0 for an empty datagram, which is not the end of anything.
  public let count: Int
  /// Whether the datagram was longer than the buffer, and the rest of it is lost.
  public let isTruncated: Bool
  /// The address of the socket that sent it; unspecified if the system gave none, or one of another family.
  public let source: Address

  @inlinable
  init(count: Int, isTruncated: Bool, source: Address) {
    self.count = count
    self.isTruncated = isTruncated
    self.source = source
  }
}
