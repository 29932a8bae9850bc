/// The reading end of a pipe.
///
/// A reader also adopts any other descriptor for read(2), such as a child process's standard output or a terminal.
/// Register a reader for ``Interests/readable`` only. When all writers are gone, an event reports read-closed. Reading
/// then returns the remaining bytes, and 0 after them.
///
/// A read may return fewer bytes than have arrived. A pipe in packet mode (`O_DIRECT` at the writer) returns one
/// packet, and a terminal returns one line. Read until the call would block. Dropping the reader closes its descriptor
/// and ends its registration.
///
/// Source: pipe(2), pipe(7), termios(3), Linux man-pages 6.
@frozen
public struct PipeReader<S: Selector>: ~Copyable, Sendable {
  @usableFromInline package var handle: SourceHandle<S>

  @inlinable package init(handle: consuming SourceHandle<S>) { self.handle = handle }

  /// Reads bytes that have arrived into a buffer.
  ///
  /// Do not pass an empty buffer, because a count of 0 means the end. A debug build stops at an empty buffer.
  ///
  /// - Parameter buffer: A mutable span, or a ``MutableIOVector``. The call fills the buffers of a vector one after the
  ///   other.
  /// - Returns: The number of bytes, 0 if all writers are gone, or `nil` if no byte has arrived and a writer is left.
  /// - Throws: Nothing for the end of a pipe. For an adopted descriptor:
  ///   - ``IOError/Kind/badDescriptor`` if the descriptor is not open for reading.
  ///   - Any other error of read(2), such as ``IOError/Kind/other`` (`EIO`) on Linux for a pseudo-terminal whose other
  ///     side is gone.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: read(2), readv(2).
  @inlinable
  public func read(into buffer: consuming some MutableIOBytes & ~Copyable & ~Escapable) throws(IOError) -> Int? {
    assert(buffer.byteCount > 0, "The buffer is empty, so 0 would look like the end. Pass free space.")
    return try handle.readCount(handle.kernel.read(handle.descriptor, into: buffer))
  }

  /// Reads bytes that have arrived into the free part of a span.
  ///
  /// Do not pass a full span, because a count of 0 means the end. A debug build stops at a full span.
  ///
  /// - Parameter buffer: The span, which grows by the bytes that the call reads.
  /// - Returns: The number of bytes, 0 if all writers are gone, or `nil` if no byte has arrived and a writer is left.
  /// - Throws: The errors that ``read(into:)`` lists.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: read(2).
  @inlinable
  public func read(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int? {
    assert(!buffer.isFull, "The span is full, so 0 would look like the end. Pass a span with room.")
    return try handle.readCount(buffer.fill { handle.kernel.read(handle.descriptor, into: $0) })
  }

  /// Appends bytes that have arrived to an array.
  ///
  /// - Parameters:
  ///   - bytes: The array, which grows by the bytes that the call reads.
  ///   - limit: The most bytes to read. A limit below 1 stops the program.
  /// - Returns: The number of bytes, 0 if all writers are gone, or `nil` if no byte has arrived and a writer is left.
  /// - Throws: The errors that ``read(into:)`` lists.
  /// - Complexity: One system call; allocates if the array's capacity is too small.
  ///
  /// Source: read(2).
  @inlinable
  public func read(appendingTo bytes: inout [UInt8], atMost limit: Int) throws(IOError) -> Int? {
    guard limit > 0 else { stopForLimit(limit) }
    var count: Int? = nil
    try bytes.append(addingCapacity: limit) { free throws(IOError) in count = try read(appendingTo: &free) }
    return count
  }

  /// Chooses whether operations return at once or wait.
  ///
  /// The call keeps the descriptor's other flags.
  ///
  /// The ends of new ``PipeEnds`` are non-blocking. An adopted descriptor, such as a child's standard output, may block
  /// until the program calls this method. The choice also holds for every other descriptor of the same open file.
  ///
  /// - Parameter isNonBlocking: `true` for operations that return at once, `false` for operations that wait.
  /// - Throws:
  ///   - ``IOError/Kind/badDescriptor`` only if code outside of the library closed the descriptor.
  ///   - ``IOError/Kind/unsupported`` if the kernel does not offer the operation.
  /// - Complexity: Two system calls; no allocation.
  ///
  /// Source: `F_SETFL` in fcntl(2).
  @inlinable
  public func setNonBlocking(_ isNonBlocking: Bool) throws(IOError) {
    try handle.kernel.setNonBlocking(isNonBlocking, of: handle.descriptor)
  }
}

extension PipeReader: DescriptorSource {
  /// Wraps a descriptor that other code opened.
  ///
  /// The source changes none of the descriptor's flags.
  @inlinable public init(adopting descriptor: consuming S.K.Owner) { handle = SourceHandle(adopting: descriptor) }

  /// The descriptor, which the source still owns.
  @inlinable public var rawDescriptor: S.K.Descriptor { handle.descriptor }

  /// Takes the descriptor out of the source, which must not be registered.
  @inlinable public consuming func releaseDescriptor() -> S.K.Owner { handle.releaseOwner() }

  /// Closes the descriptor and ends the source's registration.
  ///
  /// - Throws: The errors that ``DescriptorSource/close()`` lists.
  @inlinable public consuming func close() throws(IOError) { try handle.close() }

  /// Runs an operation of the program's own on the descriptor, as ``DescriptorSource/perform(_:)`` describes.
  ///
  /// - Throws: The operation's error, except ``IOError/Kind/wouldBlock``.
  @inlinable
  public func perform<R: ~Copyable>(_ operation: (S.K.Descriptor) throws(IOError) -> R) throws(IOError) -> R? {
    try handle.perform(operation)
  }

  /// Registers the source, for ``Registry/register(_:token:interests:)``.
  ///
  /// - Throws: The errors that ``Registry/register(_:token:interests:)`` lists.
  @inlinable
  public mutating func register(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError) {
    try handle.register(with: registry, token: token, interests: interests)
  }

  /// Reregisters the source, for ``Registry/reregister(_:token:interests:)``.
  ///
  /// - Throws: The errors that ``Registry/reregister(_:token:interests:)`` lists.
  @inlinable
  public mutating func reregister(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError) {
    try handle.reregister(with: registry, token: token, interests: interests)
  }

  /// Deregisters the source, for ``Registry/deregister(_:)``.
  ///
  /// - Throws: The errors that ``Registry/deregister(_:)`` lists.
  @inlinable
  public mutating func deregister(from registry: Registry<S>) throws(IOError) { try handle.deregister(from: registry) }
}
