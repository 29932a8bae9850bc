/// The end of a pipe that is read from.
///
/// Also takes over any other descriptor that bytes are read from by read(2), such as a child process's standard
/// output or a terminal. Only ``Interest/readable`` makes sense. When all writers are gone an event says read-closed,
/// and reading returns what is left, then 0.
///
/// A read may return less than has arrived: a pipe in packet mode (`O_DIRECT` at the writer) returns one packet, and a
/// terminal one line. Read until it would block. The reader owns its descriptor: dropping the reader closes the
/// descriptor and ends its registration.
///
/// Source: pipe(2), pipe(7), termios(3), Linux man-pages 6.
@frozen
public struct PipeReader<S: Selector>: ~Copyable, OwningSource {
  /// The descriptor with its registration.
  public var handle: SourceHandle<S>

  /// Makes a source around a descriptor.
  @inlinable
  public init(handle: consuming SourceHandle<S>) {
    self.handle = handle
  }

  /// Takes the descriptor with its registration out of the source.
  @inlinable
  public consuming func takeHandle() -> SourceHandle<S> {
    handle
  }

  /// Reads what has arrived, up to the buffer's size; returns 0 at the end, when all writers are gone.
  ///
  /// An empty buffer tells nothing: the call returns 0, also while nothing has arrived.
  ///
  /// - Throws: ``IOError/Kind/wouldBlock`` if nothing has arrived and there is a writer.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: read(2).
  @inlinable
  public func read(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int {
    return try handle.readCount(handle.kernel.read(handle.descriptor, into: buffer))
  }

  /// As the form that throws ``IOError/Kind/wouldBlock``, but returns `nil` instead.
  ///
  /// - Throws: As that form otherwise.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: read(2).
  @inlinable
  public func readIfReady(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int? {
    return try handle.readCountIfReady(handle.kernel.read(handle.descriptor, into: buffer))
  }

  /// Reads what has arrived into the free part of an output span, and returns how many bytes that were.
  ///
  /// - Throws: ``IOError/Kind/wouldBlock`` if nothing has arrived and there is a writer.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: read(2).
  @inlinable
  public func read(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int {
    return try handle.readCount(handle.kernel.read(handle.descriptor, appendingTo: &buffer))
  }

  /// As the form that throws ``IOError/Kind/wouldBlock``, but returns `nil` instead.
  ///
  /// - Throws: As that form otherwise.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: read(2).
  @inlinable
  public func readIfReady(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int? {
    return try handle.readCountIfReady(handle.kernel.read(handle.descriptor, appendingTo: &buffer))
  }

  /// Reads what has arrived into several buffers, filling each before the next.
  ///
  /// - Throws: ``IOError/Kind/wouldBlock`` if nothing has arrived and there is a writer.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: readv(2).
  @inlinable
  public func read<let capacity: Int>(
    into vector: consuming MutableIOVector<capacity>
  ) throws(IOError) -> Int {
    return try handle.readCount(handle.kernel.read(handle.descriptor, into: vector))
  }

  /// As the form that throws ``IOError/Kind/wouldBlock``, but returns `nil` instead.
  ///
  /// - Throws: As that form otherwise.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: readv(2).
  @inlinable
  public func readIfReady<let capacity: Int>(
    into vector: consuming MutableIOVector<capacity>
  ) throws(IOError) -> Int? {
    return try handle.readCountIfReady(handle.kernel.read(handle.descriptor, into: vector))
  }

  /// Chooses whether operations return at once (`true`) or wait; the descriptor's other flags stay.
  ///
  /// The ends of a new ``Pipe`` are non-blocking. A descriptor that was taken over, a child's standard output say,
  /// blocks until this is called, and so does every other descriptor of the same open file.
  ///
  /// - Throws: What the system says.
  ///
  /// Source: `F_SETFL` in fcntl(2).
  @inlinable
  public func setNonBlocking(_ isNonBlocking: Bool) throws(IOError) {
    try handle.kernel.setNonBlocking(isNonBlocking, of: handle.descriptor)
  }
}
