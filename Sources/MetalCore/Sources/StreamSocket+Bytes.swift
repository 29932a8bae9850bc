extension StreamSocket {
  /// Reads bytes that have arrived into a buffer.
  ///
  /// A count below the buffer's size does not show that no bytes are left. Urgent data ends a read. On a Unix-domain
  /// stream a read also ends behind bytes that came with descriptors, and where the sender's credentials change. The
  /// system need not report an event for the rest, so read until this call returns `nil`. If the program trusts the
  /// peer to send plain bytes alone, a short count also shows a drained stream, unless an event reported read-closed.
  ///
  /// Do not pass an empty buffer, because a count of 0 means the end of the stream. A debug build stops at an empty
  /// buffer. In a release build the call reads nothing, but throws a pending error.
  ///
  /// - Parameter buffer: A mutable span, or a ``MutableIOVector``. The call fills the buffers of a vector one after the
  ///   other.
  /// - Returns: The number of bytes, 0 at the end of the stream, or `nil` if the read would block.
  /// - Throws:
  ///   - ``IOError/Kind/connectionReset`` if the peer reset the connection. On Linux the call also throws this kind if
  ///     a Unix-domain peer closed its socket with data unread.
  ///   - ``IOError/Kind/timedOut`` if a TCP peer stopped answering.
  ///   - ``IOError/Kind/connectionRefused`` or another outcome of a failed attempt to connect.
  ///   - ``IOError/Kind/notConnected`` before the stream is connected. On Linux the call would block while an attempt
  ///     to connect is under way.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recv(2), readv(2); tcp(7), unix(7); epoll(7), question 9.
  @inlinable @inline(__always)
  public func read(into buffer: consuming some MutableIOBytes & ~Copyable & ~Escapable) throws(IOError) -> Int? {
    assert(buffer.byteCount > 0, "The buffer is empty, so 0 would look like the end of the stream. Pass free space.")
    return try handle.readCount(handle.kernel.receive(handle.descriptor, into: buffer, isPeek: false))
  }

  /// Reads bytes that have arrived into the free part of a span.
  ///
  /// The call reads into memory that was never initialized. Do not pass a full span, because a count of 0 means the end
  /// of the stream. A debug build stops at a full span.
  ///
  /// - Parameter buffer: The span, which grows by the bytes that the call reads.
  /// - Returns: The number of bytes, 0 at the end of the stream, or `nil` if the read would block.
  /// - Throws: The errors that ``read(into:)`` lists.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recv(2).
  @inlinable
  public func read(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int? {
    assert(!buffer.isFull, "The span is full, so 0 would look like the end of the stream. Pass a span with room.")
    return try handle.readCount(buffer.fill { handle.kernel.receive(handle.descriptor, into: $0, isPeek: false) })
  }

  /// Appends bytes that have arrived to an array.
  ///
  /// ```swift
  /// while let count = try stream.read(appendingTo: &input, atMost: 4096) {
  ///   guard count > 0 else { return .ended }
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - bytes: The array, which grows by the bytes that the call reads.
  ///   - limit: The most bytes to read. A limit below 1 stops the program.
  /// - Returns: The number of bytes, 0 at the end of the stream, or `nil` if the read would block.
  /// - Throws: The errors that ``read(into:)`` lists.
  /// - Complexity: One system call; allocates if the array's capacity is too small.
  ///
  /// Source: recv(2).
  @inlinable
  public func read(appendingTo bytes: inout [UInt8], atMost limit: Int) throws(IOError) -> Int? {
    guard limit > 0 else { stopForLimit(limit) }
    var count: Int? = nil
    try bytes.append(addingCapacity: limit) { free throws(IOError) in count = try read(appendingTo: &free) }
    return count
  }

  /// Copies bytes that have arrived, and leaves them for the next read.
  ///
  /// - Parameter buffer: A mutable span, or a ``MutableIOVector``. The call fills the buffers of a vector one after the
  ///   other.
  /// - Returns: The number of bytes, 0 at the end of the stream, or `nil` if the call would block. For an empty buffer
  ///   the call also returns 0 while bytes wait to be read.
  /// - Throws: The errors that ``read(into:)`` lists.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `MSG_PEEK` in recv(2).
  @inlinable
  public func peek(into buffer: consuming some MutableIOBytes & ~Copyable & ~Escapable) throws(IOError) -> Int? {
    try handle.count(handle.kernel.receive(handle.descriptor, into: buffer, isPeek: true), .readable)
  }

  /// Hands bytes to the system for sending, as many as the system has space for.
  ///
  /// If the count is below the number of bytes given, the rest still belongs to the program. Keep the rest, and go on
  /// when an event reports writable. The call never raises `SIGPIPE`.
  ///
  /// - Parameter bytes: A span, or an ``IOVector``. The call sends the buffers of a vector in order.
  /// - Returns: The number of bytes that the system took, or `nil` if the system has no space.
  /// - Throws:
  ///   - ``IOError/Kind/brokenPipe`` if the connection was shut down for writing, or the peer has closed it.
  ///   - ``IOError/Kind/connectionReset`` if the peer reset the connection.
  ///   - ``IOError/Kind/timedOut`` if the peer stopped answering.
  ///   - ``IOError/Kind/notConnected`` before the stream is connected. On Linux the call would block while an attempt
  ///     to connect is under way.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: send(2), sendmsg(2), `MSG_NOSIGNAL`; tcp(7), unix(7).
  @inlinable @inline(__always)
  public func write(_ bytes: borrowing some IOBytes & ~Copyable & ~Escapable) throws(IOError) -> Int? {
    try handle.writeCount(handle.kernel.send(handle.descriptor, bytes), of: bytes.byteCount)
  }
}
