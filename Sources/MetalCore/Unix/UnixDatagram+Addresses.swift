extension UnixDatagram {
  /// Receives a datagram and the address it came from.
  ///
  /// - Throws: As ``DatagramSocket/receive(into:)-(MutableSpan<UInt8>)``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recvmsg(2).
  @inlinable
  public func receiveFrom(
    into buffer: consuming MutableSpan<UInt8>
  ) throws(IOError) -> ReceivedDatagramFrom<UnixAddress> {
    var isTruncated = false
    var source = UnixAddress.unnamed
    let result = handle.kernel.receiveDatagram(
      handle.descriptor, into: buffer, isPeek: false, isTruncated: &isTruncated, source: &source)
    let count = try handle.receiveCount(result)
    return ReceivedDatagramFrom(count: count, isTruncated: isTruncated, source: source)
  }

  /// Receives a datagram and the address it came from, or returns `nil` if nothing has arrived.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recvmsg(2).
  @inlinable
  public func receiveFromIfReady(
    into buffer: consuming MutableSpan<UInt8>
  ) throws(IOError) -> ReceivedDatagramFrom<UnixAddress>? {
    var isTruncated = false
    var source = UnixAddress.unnamed
    let result = handle.kernel.receiveDatagram(
      handle.descriptor, into: buffer, isPeek: false, isTruncated: &isTruncated, source: &source)
    guard let count = try handle.receiveCountIfReady(result) else { return nil }
    return ReceivedDatagramFrom(count: count, isTruncated: isTruncated, source: source)
  }

  /// Copies the next datagram without taking it, with the address it came from.
  ///
  /// - Throws: As ``DatagramSocket/receive(into:)-(MutableSpan<UInt8>)``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `MSG_PEEK` in recvmsg(2).
  @inlinable
  public func peekFrom(
    into buffer: consuming MutableSpan<UInt8>
  ) throws(IOError) -> ReceivedDatagramFrom<UnixAddress> {
    var isTruncated = false
    var source = UnixAddress.unnamed
    let result = handle.kernel.receiveDatagram(
      handle.descriptor, into: buffer, isPeek: true, isTruncated: &isTruncated, source: &source)
    let count = try handle.count(result, .readable)
    return ReceivedDatagramFrom(count: count, isTruncated: isTruncated, source: source)
  }

  /// Copies the next datagram without taking it, with its address, or returns `nil` if nothing has arrived.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `MSG_PEEK` in recvmsg(2).
  @inlinable
  public func peekFromIfReady(
    into buffer: consuming MutableSpan<UInt8>
  ) throws(IOError) -> ReceivedDatagramFrom<UnixAddress>? {
    var isTruncated = false
    var source = UnixAddress.unnamed
    let result = handle.kernel.receiveDatagram(
      handle.descriptor, into: buffer, isPeek: true, isTruncated: &isTruncated, source: &source)
    guard let count = try handle.countIfReady(result, .readable) else { return nil }
    return ReceivedDatagramFrom(count: count, isTruncated: isTruncated, source: source)
  }

  /// Sends a datagram to an address, whole or not at all; an empty one is legal.
  ///
  /// On Linux, while the receiver's queue is full, an unconnected socket counts as writable all the same and is reported
  /// so after each attempt, so that sending at each event spins: ``connect(to:)`` first, or send again after a while.
  ///
  /// - Returns: The number of bytes sent: all of them.
  /// - Throws: As ``DatagramSocket/send(_:)-(Span<UInt8>)``; ``IOError/Kind/notFound`` if there is no such file;
  ///   ``IOError/Kind/connectionRefused`` if nobody is bound to it; ``IOError/Kind/alreadyConnected`` on macOS and the
  ///   BSDs if the socket is connected.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendto(2), unix(7).
  @inlinable
  @discardableResult
  public func send(_ bytes: Span<UInt8>, to address: UnixAddress) throws(IOError) -> Int {
    try handle.count(handle.kernel.sendDatagram(handle.descriptor, bytes, to: address), .writable)
  }

  /// Sends a datagram to an address, or returns `nil` if there is no space.
  ///
  /// On Linux an unconnected socket is reported as writable after each attempt; see the throwing form.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendto(2).
  @inlinable
  public func sendIfReady(_ bytes: Span<UInt8>, to address: UnixAddress) throws(IOError) -> Int? {
    try handle.countIfReady(handle.kernel.sendDatagram(handle.descriptor, bytes, to: address), .writable)
  }
}
