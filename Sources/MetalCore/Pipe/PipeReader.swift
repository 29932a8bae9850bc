/// The end of a pipe that is read from.
///
/// Also takes over any other descriptor that bytes are read from by read(2), such as a child process's standard output or
/// a terminal. Only ``Interest/readable`` makes sense. When all writers are gone an event says read-closed, and reading
/// returns what is left, then 0. The reader owns its descriptor: dropping it closes it and ends its registration.
///
/// Source: pipe(7), Linux man-pages 6.
@frozen
public struct PipeReader<S: Selector>: ~Copyable, Sendable {
  @usableFromInline
  package var handle: SourceHandle<S>

  @inlinable
  package init(handle: consuming SourceHandle<S>) {
    self.handle = handle
  }

  /// Reads what has arrived, up to the buffer's size; returns 0 at the end, when all writers are gone.
  ///
  /// - Throws: ``IOError/Kind/wouldBlock`` if nothing has arrived and there is a writer.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: read(2).
  @inlinable
  public func read(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int {
    let asked = buffer.count
    return try handle.streamCount(handle.kernel.read(handle.descriptor, into: buffer), of: asked, .readable)
  }

  /// As the form that throws ``IOError/Kind/wouldBlock``, but returns `nil` instead.
  ///
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: read(2).
  @inlinable
  public func readIfReady(into buffer: consuming MutableSpan<UInt8>) throws(IOError) -> Int? {
    let asked = buffer.count
    return try handle.streamCountIfReady(
      handle.kernel.read(handle.descriptor, into: buffer), of: asked, .readable)
  }

  /// Reads what has arrived into the free part of an output span, and returns how many bytes that were.
  ///
  /// - Throws: ``IOError/Kind/wouldBlock`` if nothing has arrived and there is a writer.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: read(2).
  @inlinable
  public func read(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int {
    let asked = buffer.freeCapacity
    return try handle.streamCount(
      handle.kernel.read(handle.descriptor, appendingTo: &buffer), of: asked, .readable)
  }

  /// As the form that throws ``IOError/Kind/wouldBlock``, but returns `nil` instead.
  ///
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: read(2).
  @inlinable
  public func readIfReady(appendingTo buffer: inout OutputSpan<UInt8>) throws(IOError) -> Int? {
    let asked = buffer.freeCapacity
    return try handle.streamCountIfReady(
      handle.kernel.read(handle.descriptor, appendingTo: &buffer), of: asked, .readable)
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
    let asked = vector.byteCount
    return try handle.streamCount(handle.kernel.read(handle.descriptor, into: vector), of: asked, .readable)
  }

  /// As the form that throws ``IOError/Kind/wouldBlock``, but returns `nil` instead.
  ///
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: readv(2).
  @inlinable
  public func readIfReady<let capacity: Int>(
    into vector: consuming MutableIOVector<capacity>
  ) throws(IOError) -> Int? {
    let asked = vector.byteCount
    return try handle.streamCountIfReady(
      handle.kernel.read(handle.descriptor, into: vector), of: asked, .readable)
  }

  /// Chooses whether operations return at once (`true`) or wait; the descriptor's other flags stay.
  ///
  /// The ends of a new ``Pipe`` are non-blocking. A descriptor that was taken over, a child's standard output say, blocks
  /// until this is called, and so does every other descriptor of the same open file.
  ///
  /// - Throws: What the system says.
  ///
  /// Source: `F_SETFL` in fcntl(2).
  @inlinable
  public func setNonBlocking(_ isNonBlocking: Bool) throws(IOError) {
    try handle.kernel.setNonBlocking(isNonBlocking, of: handle.descriptor)
  }

  /// Runs an operation of the program's own on the descriptor, once, and hands back its value or error.
  ///
  /// An operation that would block must throw an error of kind ``IOError/Kind/wouldBlock``; the source is re-armed
  /// then, as after the library's own operations. The operation must not close the descriptor.
  ///
  /// - Throws: What the operation throws.
  @inlinable
  public func perform<R: ~Copyable>(
    _ operation: (S.K.Descriptor) throws(IOError) -> R
  ) throws(IOError) -> R {
    try handle.perform(rearming: .readable, operation)
  }

  /// Closes this end and ends its registration.
  ///
  /// Dropping it does the same and ignores the error. The descriptor is gone in either case.
  ///
  /// - Throws: What the system reports of closing.
  ///
  /// Source: close(2).
  @inlinable
  public consuming func close() throws(IOError) {
    try handle.close()
  }
}

extension PipeReader: Source {
  /// Registers the reader; called by ``Registry/register(_:token:interests:)``.
  @inlinable
  public mutating func register(with registry: Registry<S>, token: Token, interests: Interest) throws(IOError)
  {
    try handle.register(with: registry, token: token, interests: interests)
  }

  /// Reregisters the reader; called by ``Registry/reregister(_:token:interests:)``.
  @inlinable
  public mutating func reregister(with registry: Registry<S>, token: Token, interests: Interest)
    throws(IOError)
  {
    try handle.reregister(with: registry, token: token, interests: interests)
  }

  /// Deregisters the reader; called by ``Registry/deregister(_:)``.
  @inlinable
  public mutating func deregister(from registry: Registry<S>) throws(IOError) {
    try handle.deregister(from: registry)
  }
}
