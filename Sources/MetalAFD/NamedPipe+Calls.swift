#if METAL_WINDOWS
internal import CMetalSystem
public import MetalCore
internal import MetalSystem

extension NamedPipe {
  // MARK: Connecting

  /// Starts to wait for a client, at the server's end.
  ///
  /// After `false`, an event reports writable when a client has come. Then call this method again, or
  /// ``takePendingError()``, for the outcome. A client may connect before this call, and even leave again. In this case
  /// the call returns `true`, and reading returns the bytes of the client.
  ///
  /// If the pipe is not registered, the call looks for a client once and starts nothing.
  ///
  /// - Returns: `true` if there is a client, `false` if there is none yet.
  /// - Throws:
  ///   - `.invalidInput` at the client's end.
  ///   - The pending error, if there is one.
  ///   - Any other error of the system's call.
  /// - Complexity: One system call, and one or two more if the client is there or the pipe is not registered; no
  ///   allocation.
  ///
  /// Source: ConnectNamedPipe in Microsoft's documentation of Windows.
  public func connect() throws(IOError) -> Bool {
    try state.core.withState { core throws(IOError) in try core.connect() }
  }

  /// Disconnects the client, so that ``connect()`` can wait for another one.
  ///
  /// Without a client, the call ends an attempt to connect.
  ///
  /// The call discards the bytes that the client has not read, and the bytes of the client that this end has not read.
  /// The client reads to the end, and its writes throw `.brokenPipe`.
  ///
  /// - Throws:
  ///   - `.invalidInput` at the client's end.
  ///   - `.notConnected` if the client is disconnected already.
  /// - Complexity: One system call, and another one if an attempt to connect is under way; no allocation.
  ///
  /// Source: DisconnectNamedPipe in Microsoft's documentation of Windows.
  public func disconnect() throws(IOError) {
    try state.core.withState { core throws(IOError) in try core.disconnect() }
  }

  /// Returns the pending error and clears it.
  ///
  /// The error comes from an attempt to connect, or from a write that failed after ``write(_:)`` had returned.
  ///
  /// - Returns: The error, or `nil` if none is pending.
  /// - Complexity: O(1); no system call, no allocation.
  public func takePendingError() -> IOError? {
    state.core.withState { core in
      let error = core.pendingError
      core.pendingError = nil
      return error
    }
  }

  /// Closes the pipe and ends its registration.
  ///
  /// The system still delivers the bytes that the program has written, as ``NamedPipe`` describes. Dropping the pipe
  /// has the same effect.
  ///
  /// - Complexity: Up to four system calls; no allocation.
  ///
  /// Source: CloseHandle and CancelIoEx in Microsoft's documentation of Windows.
  public consuming func close() {}

  /// The handle of the pipe, which the pipe still owns.
  ///
  /// The pipe reads bytes, even if the server writes messages. Do not set the handle to the mode that reads messages.
  public var rawHandle: Int { state.core.withState { core in core.handle } }

  /// The number of bytes in the library's buffer, which the system has not taken yet.
  ///
  /// - Complexity: O(1); no system call, no allocation.
  public var bufferedByteCount: Int { state.core.withState { core in core.bufferedByteCount } }

  // MARK: Reading

  /// Reads bytes that have arrived into a buffer.
  ///
  /// Do not pass an empty buffer, because a count of 0 means the end. A debug build stops at an empty buffer.
  ///
  /// - Parameter buffer: A mutable span, or a `MutableIOVector`. The call fills the buffers of a vector one after the
  ///   other.
  /// - Returns: The number of bytes, 0 if the other end is gone, or `nil` if no byte has arrived or a server has no
  ///   client.
  /// - Throws: Any error of the system's call. The end of the pipe is not an error.
  /// - Complexity: Two system calls for each buffer, or one if no byte has arrived. One more call if the read takes
  ///   fewer bytes than asked, and the pipe does not wait for the next bytes yet. No allocation.
  ///
  /// Source: PeekNamedPipe and ReadFile in Microsoft's documentation of Windows.
  public func read<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    into buffer: consuming Buffer
  ) throws(IOError) -> Int? {
    assert(buffer.byteCount > 0, "The buffer is empty, so 0 would look like the end. Pass free space.")
    var failure: IOError?
    // Safety: the memory is lent for one call, which returns when the kernel no longer uses the memory.
    let result = unsafe buffer.withUnsafeRegions { memory, count in
      unsafe state.read(into: memory, count, isContiguous: Buffer.isContiguous, &failure)
    }
    return try Self.count(result, failure)
  }

  /// Reads bytes that have arrived into the free part of a span.
  ///
  /// Do not pass a full span, because a count of 0 means the end. A debug build stops at a full span.
  ///
  /// - Parameter buffer: The span, which grows by the bytes that the call reads.
  /// - Returns: The number of bytes, 0 or `nil`, as for ``read(into:)``.
  /// - Throws: The errors that ``read(into:)`` lists.
  /// - Complexity: The same as for ``read(into:)``.
  ///
  /// Source: PeekNamedPipe and ReadFile in Microsoft's documentation of Windows.
  public func read(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int? {
    assert(!buffer.isFull, "The span is full, so 0 would look like the end. Pass a span with room.")
    var failure: IOError?
    let result = buffer.fill { free in
      var free = free
      // Safety: as above.
      return unsafe free.withUnsafeMutableBytes { bytes in
        unsafe state.read(into: bytes.baseAddress, bytes.count, isContiguous: true, &failure)
      }
    }
    return try Self.count(result, failure)
  }

  /// Appends bytes that have arrived to an array.
  ///
  /// - Parameters:
  ///   - bytes: The array, which grows by the bytes that the call reads.
  ///   - limit: The most bytes to read. A limit below 1 stops the program.
  /// - Returns: The number of bytes, 0 or `nil`, as for ``read(into:)``.
  /// - Throws: The errors that ``read(into:)`` lists.
  /// - Complexity: The same as for ``read(into:)``; allocates if the array's capacity is too small.
  ///
  /// Source: PeekNamedPipe and ReadFile in Microsoft's documentation of Windows.
  public func read(appendingTo bytes: inout [UInt8], atMost limit: Int) throws(IOError) -> Int? {
    guard limit > 0 else {
      fatalError("A read of at most \(limit) bytes would look like the end of the stream. Ask for 1 or more.")
    }
    var count: Int? = nil
    try bytes.append(addingCapacity: limit) { free throws(IOError) in count = try read(appendingTo: &free) }
    return count
  }

  // MARK: Writing

  /// Writes bytes, as many as the system and the library's buffer have room for.
  ///
  /// A count means that the system has the bytes, or that the library passes the bytes on later, as ``NamedPipe``
  /// describes. If a later write to the system fails, an event reports an error, and the next write throws the error.
  ///
  /// - Parameter bytes: A span, or an `IOVector`. The call writes the buffers of a vector in order.
  /// - Returns: The number of bytes, or `nil` if an earlier write is not complete, a server has no client, or the pipe
  ///   was never registered.
  /// - Throws:
  ///   - `.brokenPipe` if the other end is gone.
  ///   - `.unsupported` if the poll of the pipe is gone.
  ///   - Any other error of the system's call.
  /// - Complexity: O(bytes). One system call for each ``NamedPipeOptions/writeBufferByteCount``; no allocation.
  ///
  /// Source: WriteFile in Microsoft's documentation of Windows.
  public func write<Bytes: IOBytes & ~Copyable & ~Escapable>(_ bytes: borrowing Bytes) throws(IOError) -> Int? {
    var failure: IOError?
    // Safety: the memory is lent for one call, which copies the bytes.
    let result = unsafe bytes.withUnsafeRegions { memory, count in
      unsafe state.write(memory, count, isContiguous: Bytes.isContiguous, &failure)
    }
    return try Self.count(result, failure)
  }

  /// Turns a result into a count, or into `nil` if the operation would block.
  private static func count(_ result: IOResult, _ failure: IOError?) throws(IOError) -> Int? {
    if let failure { throw failure }
    return result.isSuccess ? result.rawValue : nil
  }
}
#endif
