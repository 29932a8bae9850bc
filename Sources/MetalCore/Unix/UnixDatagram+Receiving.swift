extension UnixDatagram {
  /// Receives a datagram.
  ///
  /// A datagram longer than the buffer is cut off, and the rest of it is lost: see ``ReceivedDatagram/isTruncated``.
  ///
  /// - Throws: ``IOError/Kind/wouldBlock`` if nothing has arrived; ``IOError/Kind/connectionReset`` if the
  ///   peer of a connected socket is gone, on some systems.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recvmsg(2), unix(7).
  @inlinable
  public func receive(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> ReceivedDatagram {
    try handle.receive(into: buffer, isPeek: false)
  }

  /// Receives a datagram, or returns `nil` if nothing has arrived.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recvmsg(2).
  @inlinable
  public func receiveIfReady(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> ReceivedDatagram? {
    try handle.receiveIfReady(into: buffer, isPeek: false)
  }

  /// Receives a datagram into several buffers, filling each before the next.
  ///
  /// - Throws: As the form for one buffer; ``IOError/Kind/invalidInput`` or ``IOError/Kind/messageTooLong`` if the system
  ///   takes fewer buffers in one call.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recvmsg(2).
  @inlinable
  public func receive<let capacity: Int>(
    into vector: consuming MutableIOVector<capacity>
  ) throws(IOError) -> ReceivedDatagram {
    try handle.receive(into: vector)
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
    try handle.receiveIfReady(into: vector)
  }

  /// Receives a datagram and the address it came from.
  ///
  /// - Throws: As ``receive(into:)-(MutableSpan<UInt8>)``.
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
    let count = try handle.count(result, .readable)
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
    guard let count = try handle.countIfReady(result, .readable) else { return nil }
    return ReceivedDatagramFrom(count: count, isTruncated: isTruncated, source: source)
  }
}

extension UnixDatagram {
  /// Copies the next datagram without taking it.
  ///
  /// - Throws: As ``receive(into:)-(MutableSpan<UInt8>)``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `MSG_PEEK` in recvmsg(2).
  @inlinable
  public func peek(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> ReceivedDatagram {
    try handle.receive(into: buffer, isPeek: true)
  }

  /// Copies the next datagram without taking it, or returns `nil` if nothing has arrived.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `MSG_PEEK` in recvmsg(2).
  @inlinable
  public func peekIfReady(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> ReceivedDatagram? {
    try handle.receiveIfReady(into: buffer, isPeek: true)
  }

  /// Copies the next datagram without taking it, with the address it came from.
  ///
  /// - Throws: As ``receive(into:)-(MutableSpan<UInt8>)``.
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
}
