extension StreamSocket where Self: ~Copyable {
  /// Hands bytes to the system for sending, as many as it has space for.
  ///
  /// A count below the number of bytes given means that the rest is still the program's: keep it, and go on when an
  /// event says writable.
  ///
  /// - Throws: ``IOError/Kind/wouldBlock`` if there is no space; ``IOError/Kind/brokenPipe`` if the connection was
  ///   shut down for writing or the peer has closed it; ``IOError/Kind/connectionReset`` if the peer reset it;
  ///   ``IOError/Kind/timedOut`` if the peer stopped answering; ``IOError/Kind/notConnected`` before the connection
  ///   stands (on Linux ``IOError/Kind/wouldBlock`` while the attempt is under way). `SIGPIPE` is never raised.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: send(2), `MSG_NOSIGNAL`; tcp(7), unix(7).
  @inlinable
  public func write(_ bytes: Span<UInt8>) throws(IOError) -> Int {
    try handle.writeCount(handle.kernel.send(handle.descriptor, bytes), of: bytes.count)
  }

  /// Hands bytes to the system for sending, or returns `nil` if there is no space for any.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: send(2).
  @inlinable
  public func writeIfReady(_ bytes: Span<UInt8>) throws(IOError) -> Int? {
    try handle.writeCountIfReady(handle.kernel.send(handle.descriptor, bytes), of: bytes.count)
  }

  /// Hands the bytes of several buffers to the system, in order, as many as it has space for.
  ///
  /// - Throws: As the form for one buffer; ``IOError/Kind/invalidInput`` for more than 1,024 buffers, the most
  ///   that the system takes in one call.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendmsg(2), writev(2).
  @inlinable
  public func write<let capacity: Int>(_ vector: IOVector<capacity>) throws(IOError) -> Int {
    try handle.writeCount(handle.kernel.send(handle.descriptor, vector), of: vector.byteCount)
  }

  /// Hands the bytes of several buffers to the system, or returns `nil` if there is no space for any.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendmsg(2).
  @inlinable
  public func writeIfReady<let capacity: Int>(_ vector: IOVector<capacity>) throws(IOError) -> Int? {
    try handle.writeCountIfReady(handle.kernel.send(handle.descriptor, vector), of: vector.byteCount)
  }

  /// Ends one or both directions of the connection; the descriptor stays open.
  ///
  /// After ``ShutdownDirection/write`` the peer reads to the end of the stream and writing throws
  /// ``IOError/Kind/brokenPipe``. After ``ShutdownDirection/read`` a readable event that says read-closed comes; the
  /// peer notices nothing.
  ///
  /// - Throws: ``IOError/Kind/notConnected`` if the connection does not stand.
  ///
  /// | System | What differs after ``ShutdownDirection/read`` |
  /// |---|---|
  /// | Linux | what has arrived, and what still arrives, can be read; then reading returns 0 |
  /// | macOS, BSD | reading returns 0 at once |
  ///
  /// Source: shutdown(2).
  @inlinable
  public func shutdown(_ direction: ShutdownDirection) throws(IOError) {
    try handle.kernel.shutdown(handle.descriptor, direction)
  }
}
