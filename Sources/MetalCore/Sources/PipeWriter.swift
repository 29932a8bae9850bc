/// The writing end of a pipe.
///
/// A writer also adopts any other descriptor for write(2), such as a child process's standard input. Register a writer
/// for ``Interests/writable`` only. Dropping the writer closes its descriptor and ends its registration.
///
/// When all readers are gone, an event reports ``ReadinessEvent/isError`` on Linux and ``ReadinessEvent/isWriteClosed``
/// elsewhere. The next write throws ``IOError/Kind/brokenPipe``. A program with nothing to write checks both flags.
///
/// A write of up to `PIPE_BUF` bytes writes all bytes or would block. A longer write may be partial. `PIPE_BUF` is
/// 4,096 on Linux, and 512 on macOS and the BSDs.
///
/// | System | Protection from `SIGPIPE` | System calls of a write |
/// |---|---|---|
/// | Linux 6.18 and later | a flag of the call (`RWF_NOSIGNAL`) | one |
/// | Linux before 6.18, FreeBSD, NetBSD, OpenBSD | the call blocks the signal around the write | five or more |
/// | macOS | a flag of the descriptor (`F_SETNOSIGPIPE`), set before each write | two |
///
/// If a write raised the blocked signal, the call removes the signal before it returns.
///
/// Source: pipe(7), Linux man-pages 6; pwritev2(2).
@frozen
public struct PipeWriter<S: Selector>: ~Copyable, Sendable {
  @usableFromInline package var handle: SourceHandle<S>

  @inlinable package init(handle: consuming SourceHandle<S>) { self.handle = handle }

  /// Writes bytes, as many as the pipe has space for.
  ///
  /// The call never raises `SIGPIPE`. After the call the signal's disposition and the thread's mask are unchanged.
  ///
  /// - Parameter bytes: A span, or an ``IOVector``. The call writes the buffers of a vector in order.
  /// - Returns: The number of bytes written, or `nil` if there is no space.
  /// - Throws:
  ///   - ``IOError/Kind/brokenPipe`` if all readers are gone.
  ///   - Any other error of write(2) for an adopted descriptor.
  /// - Complexity: The system calls of the table at ``PipeWriter``; no allocation.
  ///
  /// Source: write(2), writev(2), pwritev2(2).
  @inlinable
  public func write(_ bytes: borrowing some IOBytes & ~Copyable & ~Escapable) throws(IOError) -> Int? {
    try handle.writeCount(handle.kernel.write(handle.descriptor, bytes), of: bytes.byteCount)
  }

  /// Chooses whether operations return at once or wait, as ``PipeReader/setNonBlocking(_:)`` does.
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

extension PipeWriter: DescriptorSource {
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
