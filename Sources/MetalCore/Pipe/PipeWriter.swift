/// The end of a pipe that is written to.
///
/// Also takes over any other descriptor that bytes are written to by write(2), such as a child process's standard
/// input. Only ``Interest/writable`` makes sense. The writer owns its descriptor: dropping it closes it and ends its
/// registration.
///
/// When all readers are gone, an event reports ``ReadinessEvent/isError`` on Linux and
/// ``ReadinessEvent/isWriteClosed`` elsewhere. The next write throws ``IOError/Kind/brokenPipe``. A program with
/// nothing to write asks for both flags.
///
/// A write of up to `PIPE_BUF` bytes (4,096 on Linux, 512 on macOS and the BSDs) is whole or would block; a longer
/// one may be partial.
///
/// | System | How `SIGPIPE` is kept away |
/// |---|---|
/// | Linux 6.18 and later | a flag of the call (`RWF_NOSIGNAL`): one system call a write |
/// | other Linux | the signal is blocked around the call, and taken if it came: five system calls a write or more |
/// | macOS | a flag of the descriptor (`F_SETNOSIGPIPE`), set before each write: two system calls |
///
/// Source: pipe(7), Linux man-pages 6; pwritev2(2).
@frozen
public struct PipeWriter<S: Selector>: ~Copyable, OwningSource {
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

  /// Writes bytes, as many as there is space for, and returns how many.
  ///
  /// - Throws: ``IOError/Kind/wouldBlock`` if there is no space; ``IOError/Kind/brokenPipe`` if all readers are gone.
  ///   `SIGPIPE` is never raised, and its disposition and the thread's mask are as the program left them.
  /// - Complexity: The system calls of the table at ``PipeWriter``; no allocation.
  ///
  /// Source: write(2), pwritev2(2).
  @inlinable
  public func write(_ bytes: Span<UInt8>) throws(IOError) -> Int {
    let asked = bytes.count
    return try handle.writeCount(handle.kernel.write(handle.descriptor, bytes), of: asked)
  }

  /// As the form that throws ``IOError/Kind/wouldBlock``, but returns `nil` instead.
  ///
  /// - Throws: As that form otherwise.
  /// - Complexity: The system calls of the table at ``PipeWriter``; no allocation.
  ///
  /// Source: write(2), pwritev2(2).
  @inlinable
  public func writeIfReady(_ bytes: Span<UInt8>) throws(IOError) -> Int? {
    let asked = bytes.count
    return try handle.writeCountIfReady(handle.kernel.write(handle.descriptor, bytes), of: asked)
  }

  /// Writes the bytes of several buffers, in order, as many as there is space for.
  ///
  /// - Throws: ``IOError/Kind/wouldBlock`` if there is no space; ``IOError/Kind/brokenPipe`` if all readers are gone.
  ///   `SIGPIPE` is never raised, and its disposition and the thread's mask are as the program left them.
  /// - Complexity: The system calls of the table at ``PipeWriter``; no allocation.
  ///
  /// Source: writev(2), pwritev2(2).
  @inlinable
  public func write<let capacity: Int>(_ vector: IOVector<capacity>) throws(IOError) -> Int {
    let asked = vector.byteCount
    return try handle.writeCount(handle.kernel.write(handle.descriptor, vector), of: asked)
  }

  /// As the form that throws ``IOError/Kind/wouldBlock``, but returns `nil` instead.
  ///
  /// - Throws: As that form otherwise.
  /// - Complexity: The system calls of the table at ``PipeWriter``; no allocation.
  ///
  /// Source: writev(2), pwritev2(2).
  @inlinable
  public func writeIfReady<let capacity: Int>(_ vector: IOVector<capacity>) throws(IOError) -> Int? {
    let asked = vector.byteCount
    return try handle.writeCountIfReady(handle.kernel.write(handle.descriptor, vector), of: asked)
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
