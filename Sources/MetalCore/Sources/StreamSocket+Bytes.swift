extension StreamSocket {
  /// Reads bytes that have arrived into `buffer`; returns how many, or `nil` if there are none.
  ///
  /// Returns 0 at the end of the stream. A count below the buffer's size does not show that nothing is left. A read
  /// ends at urgent data, on a Unix-domain stream also behind bytes that came with descriptors and where the sender's
  /// credentials change, and no event need come for the rest. So read until this returns `nil`. If the peer is trusted
  /// to send plain bytes alone, a short count after an event that did not report read-closed ends the draining as well.
  ///
  /// An empty buffer is a mistake, since 0 would read as the end of the stream: debug builds stop. In release builds
  /// the call takes nothing but a pending error, which it throws.
  ///
  /// - Parameter buffer: A mutable span, or a ``MutableIOVector``, whose buffers are filled one after the other.
  /// - Throws: ``IOError/Kind/connectionReset`` if the peer reset the connection (on Linux also if a Unix-domain peer
  ///   closed with data unread); ``IOError/Kind/timedOut`` if a TCP peer stopped answering;
  ///   ``IOError/Kind/connectionRefused`` or another outcome of a failed attempt to connect;
  ///   ``IOError/Kind/notConnected`` before the stream is connected (on Linux the call would block while the attempt is
  ///   under way).
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recv(2), readv(2); tcp(7), unix(7); epoll(7), question 9.
  @inlinable @inline(__always)
  public func read(into buffer: consuming some MutableIOBytes & ~Copyable & ~Escapable) throws(IOError) -> Int? {
    assert(buffer.byteCount > 0, "The buffer is empty, so that a count of 0 would read as the end of the stream.")
    return try handle.readCount(handle.kernel.receive(handle.descriptor, into: buffer, isPeek: false))
  }

  /// Reads bytes that have arrived into the free part of a span; returns how many, or `nil` if there are none.
  ///
  /// It reads into memory that was never initialized. A full span is a mistake, as is an empty buffer.
  ///
  /// - Throws: As ``read(into:)``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recv(2).
  @inlinable
  public func read(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int? {
    assert(!buffer.isFull, "The span is full, so that a count of 0 would read as the end of the stream.")
    return try handle.readCount(buffer.fill { handle.kernel.receive(handle.descriptor, into: $0, isPeek: false) })
  }

  /// Appends bytes that have arrived to an array; returns how many, or `nil` if there are none.
  ///
  /// ```swift
  /// while let count = try stream.read(appendingTo: &input, atMost: 4096) {
  ///   guard count > 0 else { return .ended }
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - bytes: The array, which grows by the bytes that were read.
  ///   - limit: The most bytes to read. A limit below 1 stops the program.
  /// - Throws: As ``read(into:)``.
  /// - Complexity: One system call; allocates where the array's capacity is not enough.
  ///
  /// Source: recv(2).
  @inlinable
  public func read(appendingTo bytes: inout [UInt8], atMost limit: Int) throws(IOError) -> Int? {
    guard limit > 0 else { stopForLimit(limit) }
    var count: Int? = nil
    try bytes.append(addingCapacity: limit) { free throws(IOError) in count = try read(appendingTo: &free) }
    return count
  }

  /// Copies bytes that have arrived without taking them; returns how many, or `nil` if there are none.
  ///
  /// The next read returns the same bytes. A ``MutableIOVector`` is filled buffer by buffer, as by ``read(into:)``.
  /// Returns 0 at the end of the stream. For an empty buffer it also returns 0 while bytes wait to be read.
  ///
  /// - Throws: As ``read(into:)``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `MSG_PEEK` in recv(2).
  @inlinable
  public func peek(into buffer: consuming some MutableIOBytes & ~Copyable & ~Escapable) throws(IOError) -> Int? {
    try handle.count(handle.kernel.receive(handle.descriptor, into: buffer, isPeek: true), .readable)
  }

  /// Hands bytes to the system for sending, as many as it has space for; returns `nil` if there is no space.
  ///
  /// A count below the number of bytes given means that the rest is still the program's: keep it, and go on when an
  /// event reports writable.
  ///
  /// - Parameter bytes: A span, or an ``IOVector``, whose buffers are sent in order.
  /// - Throws: ``IOError/Kind/brokenPipe`` if the connection was shut down for writing or the peer has closed it;
  ///   ``IOError/Kind/connectionReset`` if the peer reset it; ``IOError/Kind/timedOut`` if the peer stopped answering;
  ///   ``IOError/Kind/notConnected`` before the stream is connected (on Linux the call would block while the attempt is
  ///   under way). `SIGPIPE` is never raised.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: send(2), sendmsg(2), `MSG_NOSIGNAL`; tcp(7), unix(7).
  @inlinable @inline(__always)
  public func write(_ bytes: borrowing some IOBytes & ~Copyable & ~Escapable) throws(IOError) -> Int? {
    try handle.writeCount(handle.kernel.send(handle.descriptor, bytes), of: bytes.byteCount)
  }
}
