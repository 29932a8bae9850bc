/// A socket that carries datagrams, messages that keep their boundaries: ``UDPSocket`` and ``UnixDatagram``.
///
/// Generic code may take either; what names addresses is with the types themselves. After an event, receive until the
/// call throws ``IOError/Kind/wouldBlock`` or its `…IfReady` form returns `nil`.
public protocol DatagramSocket<S>: Socket, ~Copyable {}

extension DatagramSocket where Self: ~Copyable {
  /// Receives a datagram.
  ///
  /// A datagram longer than the buffer is cut off, and the rest of it is lost: see ``ReceivedDatagram/isTruncated``.
  /// An empty buffer, or a vector without room, takes a whole datagram as well.
  ///
  /// - Throws: ``IOError/Kind/wouldBlock`` if nothing has arrived; ``IOError/Kind/connectionRefused`` if an
  ///   earlier datagram of a connected UDP socket found nobody at its port; ``IOError/Kind/connectionReset`` on some
  ///   systems if the peer of a connected Unix-domain socket is gone.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recvmsg(2), udp(7), unix(7).
  @inlinable
  public func receive(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> ReceivedDatagram {
    var isTruncated = false
    let result = handle.kernel.receiveDatagram(
      handle.descriptor, into: buffer, isPeek: false, isTruncated: &isTruncated)
    return ReceivedDatagram(count: try handle.receiveCount(result), isTruncated: isTruncated)
  }

  /// Receives a datagram, or returns `nil` if nothing has arrived.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recvmsg(2).
  @inlinable
  public func receiveIfReady(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> ReceivedDatagram? {
    var isTruncated = false
    let result = handle.kernel.receiveDatagram(
      handle.descriptor, into: buffer, isPeek: false, isTruncated: &isTruncated)
    guard let count = try handle.receiveCountIfReady(result) else { return nil }
    return ReceivedDatagram(count: count, isTruncated: isTruncated)
  }

  /// Receives a datagram into several buffers, filling each before the next.
  ///
  /// - Throws: As the form for one buffer; ``IOError/Kind/invalidInput`` for more than 1,024 buffers, the most that the
  ///   system takes in one call.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recvmsg(2).
  @inlinable
  public func receive<let capacity: Int>(
    into vector: consuming MutableIOVector<capacity>
  ) throws(IOError) -> ReceivedDatagram {
    var isTruncated = false
    let result = handle.kernel.receiveDatagram(handle.descriptor, into: vector, isTruncated: &isTruncated)
    return ReceivedDatagram(count: try handle.receiveCount(result), isTruncated: isTruncated)
  }

  /// Receives a datagram into several buffers, or returns `nil` if nothing has arrived.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recvmsg(2).
  @inlinable
  public func receiveIfReady<let capacity: Int>(
    into vector: consuming MutableIOVector<capacity>
  ) throws(IOError) -> ReceivedDatagram? {
    var isTruncated = false
    let result = handle.kernel.receiveDatagram(handle.descriptor, into: vector, isTruncated: &isTruncated)
    guard let count = try handle.receiveCountIfReady(result) else { return nil }
    return ReceivedDatagram(count: count, isTruncated: isTruncated)
  }

  /// Copies the next datagram without taking it.
  ///
  /// - Throws: As ``receive(into:)-(MutableSpan<UInt8>)``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `MSG_PEEK` in recvmsg(2).
  @inlinable
  public func peek(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> ReceivedDatagram {
    var isTruncated = false
    let result = handle.kernel.receiveDatagram(
      handle.descriptor, into: buffer, isPeek: true, isTruncated: &isTruncated)
    return ReceivedDatagram(count: try handle.count(result, .readable), isTruncated: isTruncated)
  }

  /// Copies the next datagram without taking it, or returns `nil` if nothing has arrived.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `MSG_PEEK` in recvmsg(2).
  @inlinable
  public func peekIfReady(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> ReceivedDatagram? {
    var isTruncated = false
    let result = handle.kernel.receiveDatagram(
      handle.descriptor, into: buffer, isPeek: true, isTruncated: &isTruncated)
    guard let count = try handle.countIfReady(result, .readable) else { return nil }
    return ReceivedDatagram(count: count, isTruncated: isTruncated)
  }
}

extension DatagramSocket where Self: ~Copyable {
  /// Sends a datagram to the connected peer, whole or not at all; an empty one is legal.
  ///
  /// A call that throws has sent nothing. On a connected UDP socket the error may be an earlier datagram's: nobody was at
  /// the peer's port then. The call reports that in place of sending, even if the peer is back. Send again.
  ///
  /// - Returns: The number of bytes sent: all of them.
  /// - Throws: ``IOError/Kind/wouldBlock`` if there is no space; ``IOError/Kind/destinationAddressRequired`` (on
  ///   Linux for a Unix-domain socket ``IOError/Kind/notConnected``) without a peer; ``IOError/Kind/messageTooLong``
  ///   if no packet, or no buffer, can hold it; ``IOError/Kind/connectionRefused`` if nobody is at the peer's
  ///   address, or was when an earlier datagram got there; ``IOError/Kind/noBufferSpace`` on macOS and the BSDs if the
  ///   peer's queue is full; ``IOError/Kind/networkUnreachable`` if there is no route.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: send(2), udp(7), unix(7).
  @inlinable
  @discardableResult
  public func send(_ bytes: Span<UInt8>) throws(IOError) -> Int {
    try handle.count(handle.kernel.send(handle.descriptor, bytes), .writable)
  }

  /// Sends a datagram to the connected peer, or returns `nil` if there is no space.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: send(2).
  @inlinable
  public func sendIfReady(_ bytes: Span<UInt8>) throws(IOError) -> Int? {
    try handle.countIfReady(handle.kernel.send(handle.descriptor, bytes), .writable)
  }

  /// Sends the bytes of several buffers to the connected peer as one datagram.
  ///
  /// - Throws: As the form for one buffer; ``IOError/Kind/invalidInput`` for more than 1,024 buffers.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendmsg(2).
  @inlinable
  @discardableResult
  public func send<let capacity: Int>(_ vector: IOVector<capacity>) throws(IOError) -> Int {
    try handle.count(handle.kernel.send(handle.descriptor, vector), .writable)
  }

  /// Sends the bytes of several buffers as one datagram, or returns `nil` if there is no space.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendmsg(2).
  @inlinable
  public func sendIfReady<let capacity: Int>(_ vector: IOVector<capacity>) throws(IOError) -> Int? {
    try handle.countIfReady(handle.kernel.send(handle.descriptor, vector), .writable)
  }
}
