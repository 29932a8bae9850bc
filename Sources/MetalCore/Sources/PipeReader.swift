/// The end of a pipe that is read from.
///
/// Also takes over any other descriptor for read(2), such as a child process's standard output or a terminal. Only
/// ``Interests/readable`` makes sense. When all writers are gone, an event reports read-closed. Reading then returns
/// the remaining bytes, and 0 after them.
///
/// A read may return less than has arrived: a pipe in packet mode (`O_DIRECT` at the writer) returns one packet, and a
/// terminal one line. Read until it would block. Dropping the reader closes its descriptor and ends its registration.
///
/// Source: pipe(2), pipe(7), termios(3), Linux man-pages 6.
@frozen
public struct PipeReader<S: Selector>: ~Copyable, Sendable {
  @usableFromInline package var handle: SourceHandle<S>

  @inlinable package init(handle: consuming SourceHandle<S>) { self.handle = handle }

  /// Reads bytes that have arrived into `buffer`; returns how many, or `nil` if there are none but there is a writer.
  ///
  /// Returns 0 at the end, when all writers are gone. An empty buffer is a mistake, since 0 would read as the end:
  /// debug builds stop.
  ///
  /// - Parameter buffer: A mutable span, or a ``MutableIOVector``, whose buffers are filled one after the other.
  /// - Throws: Nothing for the end of a pipe. For a descriptor that was taken over: ``IOError/Kind/badDescriptor`` if
  ///   it is not open for reading; any other error of read(2), such as ``IOError/Kind/other`` (`EIO`) on Linux for a
  ///   pseudo-terminal whose other side is gone.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: read(2), readv(2).
  @inlinable
  public func read(into buffer: consuming some MutableIOBytes & ~Copyable & ~Escapable) throws(IOError) -> Int? {
    assert(buffer.byteCount > 0, "The buffer is empty, so that a count of 0 would read as the end.")
    return try handle.readCount(handle.kernel.read(handle.descriptor, into: buffer))
  }

  /// Reads bytes that have arrived into the free part of a span; returns how many, or `nil` if there are none.
  ///
  /// - Throws: As ``read(into:)``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: read(2).
  @inlinable
  public func read(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int? {
    assert(!buffer.isFull, "The span is full, so that a count of 0 would read as the end.")
    return try handle.readCount(buffer.fill { handle.kernel.read(handle.descriptor, into: $0) })
  }

  /// Appends bytes that have arrived to an array; returns how many, or `nil` if there are none.
  ///
  /// - Parameters:
  ///   - bytes: The array, which grows by the bytes that were read.
  ///   - limit: The most bytes to read. A limit below 1 stops the program.
  /// - Throws: As ``read(into:)``.
  /// - Complexity: One system call; allocates where the array's capacity is not enough.
  ///
  /// Source: read(2).
  @inlinable
  public func read(appendingTo bytes: inout [UInt8], atMost limit: Int) throws(IOError) -> Int? {
    guard limit > 0 else { stopForLimit(limit) }
    var count: Int? = nil
    try bytes.append(addingCapacity: limit) { free throws(IOError) in count = try read(appendingTo: &free) }
    return count
  }

  /// Chooses whether operations return at once (`true`) or wait; the descriptor's other flags stay.
  ///
  /// The ends of new ``PipeEnds`` are non-blocking. A descriptor that was taken over, such as a child's standard
  /// output, blocks until this is called. The choice also holds for every other descriptor of the same open file.
  ///
  /// - Throws: ``IOError/Kind/badDescriptor`` only if the descriptor was closed outside the library;
  ///   ``IOError/Kind/unsupported`` if the kernel does not offer it.
  /// - Complexity: Two system calls; no allocation.
  ///
  /// Source: `F_SETFL` in fcntl(2).
  @inlinable
  public func setNonBlocking(_ isNonBlocking: Bool) throws(IOError) {
    try handle.kernel.setNonBlocking(isNonBlocking, of: handle.descriptor)
  }
}

extension PipeReader: DescriptorSource {
  /// Wraps a descriptor that was made elsewhere, without changing any of its flags.
  @inlinable public init(adopting descriptor: consuming S.K.Owner) { handle = SourceHandle(adopting: descriptor) }

  /// The descriptor, which stays the source's to close.
  @inlinable public var rawDescriptor: S.K.Descriptor { handle.descriptor }

  /// Takes the descriptor out; a source that is still registered stops the program: deregister it first.
  @inlinable public consuming func releaseDescriptor() -> S.K.Owner { handle.releaseOwner() }

  /// Closes the descriptor and ends the source's registration; see ``DescriptorSource/close()``.
  @inlinable public consuming func close() throws(IOError) { try handle.close() }

  /// Runs an operation of the program's own on the descriptor; see ``DescriptorSource/perform(_:)``.
  @inlinable
  public func perform<R: ~Copyable>(_ operation: (S.K.Descriptor) throws(IOError) -> R) throws(IOError) -> R? {
    try handle.perform(operation)
  }

  /// Registers the source; called by ``Registry/register(_:token:interests:)``.
  @inlinable
  public mutating func register(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError) {
    try handle.register(with: registry, token: token, interests: interests)
  }

  /// Reregisters the source; called by ``Registry/reregister(_:token:interests:)``.
  @inlinable
  public mutating func reregister(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError) {
    try handle.reregister(with: registry, token: token, interests: interests)
  }

  /// Deregisters the source; called by ``Registry/deregister(_:)``.
  @inlinable
  public mutating func deregister(from registry: Registry<S>) throws(IOError) { try handle.deregister(from: registry) }
}
