extension StreamSocket where Self: ~Copyable {
  /// Reads what has arrived, up to the buffer's size.
  ///
  /// Returns 0 at the end of the stream. A count below the buffer's size does not show that nothing is left: a read ends
  /// at urgent data, on a Unix-domain stream also behind bytes that came with descriptors and where the sender's
  /// credentials change, and no event need come for the rest. So read until this throws
  /// ``IOError/Kind/wouldBlock``. If the peer is trusted to send plain bytes alone, a short count after an event that did
  /// not say read-closed ends the draining as well.
  ///
  /// With an empty buffer the call takes nothing but a pending error, which it throws. It returns 0 if something can be
  /// read or the stream has ended, and throws ``IOError/Kind/wouldBlock`` otherwise.
  ///
  /// - Throws: ``IOError/Kind/wouldBlock`` if nothing has arrived; ``IOError/Kind/connectionReset`` if the peer reset
  ///   the connection (on Linux also if a Unix-domain peer closed with data unread); ``IOError/Kind/timedOut`` if a
  ///   TCP peer stopped answering; ``IOError/Kind/connectionRefused`` or another outcome of a failed attempt to
  ///   connect; ``IOError/Kind/notConnected`` before the connection stands (on Linux ``IOError/Kind/wouldBlock``
  ///   while the attempt is under way).
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recv(2); tcp(7), unix(7); epoll(7), question 9.
  @inlinable
  public func read(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int {
    let result = handle.kernel.receive(handle.descriptor, into: buffer)
    return try handle.readCount(result)
  }

  /// Reads what has arrived, up to the buffer's size, or returns `nil` if nothing has.
  ///
  /// - Throws: As ``read(into:)-(MutableSpan<UInt8>)``, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recv(2).
  @inlinable
  public func readIfReady(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int? {
    let result = handle.kernel.receive(handle.descriptor, into: buffer)
    return try handle.readCountIfReady(result)
  }

  /// Reads what has arrived into the free part of an output span, and returns how many bytes that were.
  ///
  /// Lets a program read into memory that was never initialized. A full span counts as an empty buffer.
  ///
  /// - Throws: As ``read(into:)-(MutableSpan<UInt8>)``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recv(2).
  @inlinable
  public func read(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int {
    let result = handle.kernel.receive(handle.descriptor, appendingTo: &buffer)
    return try handle.readCount(result)
  }

  /// Reads what has arrived into the free part of an output span, or returns `nil` if nothing has.
  ///
  /// - Throws: As ``read(into:)-(MutableSpan<UInt8>)``, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recv(2).
  @inlinable
  public func readIfReady(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int? {
    let result = handle.kernel.receive(handle.descriptor, appendingTo: &buffer)
    return try handle.readCountIfReady(result)
  }

  /// Reads what has arrived into several buffers, filling each before the next.
  ///
  /// A vector without room tells nothing: the call returns 0, also while nothing has arrived.
  ///
  /// - Throws: As ``read(into:)-(MutableSpan<UInt8>)``; ``IOError/Kind/invalidInput`` for more than 1,024
  ///   buffers, the most that the system takes in one call.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: readv(2).
  @inlinable
  public func read<let capacity: Int>(
    into vector: consuming MutableIOVector<capacity>
  ) throws(IOError) -> Int {
    let result = handle.kernel.receive(handle.descriptor, into: vector)
    return try handle.readCount(result)
  }

  /// Reads what has arrived into several buffers, or returns `nil` if nothing has.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: readv(2).
  @inlinable
  public func readIfReady<let capacity: Int>(
    into vector: consuming MutableIOVector<capacity>
  ) throws(IOError) -> Int? {
    let result = handle.kernel.receive(handle.descriptor, into: vector)
    return try handle.readCountIfReady(result)
  }

  /// Copies what has arrived without taking it: the next read returns the same bytes.
  ///
  /// - Throws: As ``read(into:)-(MutableSpan<UInt8>)``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `MSG_PEEK` in recv(2).
  @inlinable
  public func peek(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int {
    try handle.count(handle.kernel.peek(handle.descriptor, into: buffer), .readable)
  }

  /// Copies what has arrived without taking it, or returns `nil` if nothing has.
  ///
  /// - Throws: As ``read(into:)-(MutableSpan<UInt8>)``, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `MSG_PEEK` in recv(2).
  @inlinable
  public func peekIfReady(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int? {
    try handle.countIfReady(handle.kernel.peek(handle.descriptor, into: buffer), .readable)
  }
}
