extension UDPSocket {
  /// Receives a datagram and the address it came from.
  ///
  /// - Throws: As ``DatagramSocket/receive(into:)-(MutableSpan<UInt8>)``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recvmsg(2).
  @inlinable
  public func receiveFrom(
    into buffer: consuming MutableSpan<UInt8>
  ) throws(IOError) -> ReceivedDatagramFrom<SocketAddress> {
    var isTruncated = false
    var source = SocketAddress(IPv4Address.any, port: 0)
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
  ) throws(IOError) -> ReceivedDatagramFrom<SocketAddress>? {
    var isTruncated = false
    var source = SocketAddress(IPv4Address.any, port: 0)
    let result = handle.kernel.receiveDatagram(
      handle.descriptor, into: buffer, isPeek: false, isTruncated: &isTruncated, source: &source)
    guard let count = try handle.receiveCountIfReady(result) else { return nil }
    return ReceivedDatagramFrom(count: count, isTruncated: isTruncated, source: source)
  }

  /// Receives a datagram into several buffers, with the address it came from.
  ///
  /// - Throws: As the form for one buffer; ``IOError/Kind/invalidInput`` for more than 1,024 buffers.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recvmsg(2).
  @inlinable
  public func receiveFrom<let capacity: Int>(
    into vector: consuming MutableIOVector<capacity>
  ) throws(IOError) -> ReceivedDatagramFrom<SocketAddress> {
    var isTruncated = false
    var source = SocketAddress(IPv4Address.any, port: 0)
    let result = handle.kernel.receiveDatagram(
      handle.descriptor, into: vector, isTruncated: &isTruncated, source: &source)
    let count = try handle.receiveCount(result)
    return ReceivedDatagramFrom(count: count, isTruncated: isTruncated, source: source)
  }

  /// Receives a datagram into several buffers, with its address, or returns `nil` if nothing has arrived.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recvmsg(2).
  @inlinable
  public func receiveFromIfReady<let capacity: Int>(
    into vector: consuming MutableIOVector<capacity>
  ) throws(IOError) -> ReceivedDatagramFrom<SocketAddress>? {
    var isTruncated = false
    var source = SocketAddress(IPv4Address.any, port: 0)
    let result = handle.kernel.receiveDatagram(
      handle.descriptor, into: vector, isTruncated: &isTruncated, source: &source)
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
  ) throws(IOError) -> ReceivedDatagramFrom<SocketAddress> {
    var isTruncated = false
    var source = SocketAddress(IPv4Address.any, port: 0)
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
  ) throws(IOError) -> ReceivedDatagramFrom<SocketAddress>? {
    var isTruncated = false
    var source = SocketAddress(IPv4Address.any, port: 0)
    let result = handle.kernel.receiveDatagram(
      handle.descriptor, into: buffer, isPeek: true, isTruncated: &isTruncated, source: &source)
    guard let count = try handle.countIfReady(result, .readable) else { return nil }
    return ReceivedDatagramFrom(count: count, isTruncated: isTruncated, source: source)
  }

  /// Sends a datagram to an address, whole or not at all; an empty one is legal.
  ///
  /// - Returns: The number of bytes sent: all of them.
  /// - Throws: As ``DatagramSocket/send(_:)-(Span<UInt8>)``; ``IOError/Kind/permissionDenied`` for a broadcast
  ///   address while that is off; ``IOError/Kind/alreadyConnected`` on macOS and the BSDs if the socket is connected;
  ///   ``IOError/Kind/unsupported`` or ``IOError/Kind/invalidInput`` for an address of the other family.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendto(2), udp(7).
  @inlinable
  @discardableResult
  public func send(_ bytes: Span<UInt8>, to address: SocketAddress) throws(IOError) -> Int {
    try handle.count(handle.kernel.sendDatagram(handle.descriptor, bytes, to: address), .writable)
  }

  /// Sends a datagram to an address, or returns `nil` if there is no space.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendto(2).
  @inlinable
  public func sendIfReady(_ bytes: Span<UInt8>, to address: SocketAddress) throws(IOError) -> Int? {
    try handle.countIfReady(handle.kernel.sendDatagram(handle.descriptor, bytes, to: address), .writable)
  }

  /// Sends the bytes of several buffers to an address as one datagram.
  ///
  /// - Throws: As the form for one buffer; ``IOError/Kind/invalidInput`` for more than 1,024 buffers.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendmsg(2).
  @inlinable
  @discardableResult
  public func send<let capacity: Int>(
    _ vector: IOVector<capacity>, to address: SocketAddress
  ) throws(IOError) -> Int {
    try handle.count(handle.kernel.sendDatagram(handle.descriptor, vector, to: address), .writable)
  }

  /// Sends the bytes of several buffers to an address as one datagram, or returns `nil` if there is no space.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendmsg(2).
  @inlinable
  public func sendIfReady<let capacity: Int>(
    _ vector: IOVector<capacity>, to address: SocketAddress
  ) throws(IOError) -> Int? {
    try handle.countIfReady(handle.kernel.sendDatagram(handle.descriptor, vector, to: address), .writable)
  }
}
