/// The end of a pipe that is written to.
///
/// Also takes over any other descriptor for write(2), such as a child process's standard input. Only
/// ``Interests/writable`` makes sense. Dropping the writer closes its descriptor and ends its registration.
///
/// When all readers are gone, an event reports ``ReadinessEvent/isError`` on Linux and ``ReadinessEvent/isWriteClosed``
/// elsewhere. The next write throws ``IOError/Kind/brokenPipe``. A program with nothing to write asks for both flags.
///
/// A write of up to `PIPE_BUF` bytes (4,096 on Linux, 512 on macOS and the BSDs) is whole or would block; a longer one
/// may be partial.
///
/// | System | How `SIGPIPE` is kept away |
/// |---|---|
/// | Linux 6.18 and later | a flag of the call (`RWF_NOSIGNAL`): one system call a write |
/// | Linux before 6.18, FreeBSD, NetBSD, OpenBSD | the signal is blocked around the write: five system calls or more |
/// | macOS | a flag of the descriptor (`F_SETNOSIGPIPE`), set before each write: two system calls |
///
/// If a write raised the blocked signal, the call removes the signal before it returns.
///
/// Source: pipe(7), Linux man-pages 6; pwritev2(2).
@frozen
public struct PipeWriter<S: Selector>: ~Copyable, Sendable {
  @usableFromInline package var handle: SourceHandle<S>

  @inlinable package init(handle: consuming SourceHandle<S>) { self.handle = handle }

  /// Writes bytes, as many as there is space for, and returns how many; `nil` if there is no space.
  ///
  /// - Parameter bytes: A span, or an ``IOVector``, whose buffers are written in order.
  /// - Throws: ``IOError/Kind/brokenPipe`` if all readers are gone. `SIGPIPE` is never raised, and its disposition and
  ///   the thread's mask are as the program left them.
  /// - Complexity: The system calls of the table at ``PipeWriter``; no allocation.
  ///
  /// Source: write(2), writev(2), pwritev2(2).
  @inlinable
  public func write(_ bytes: borrowing some IOBytes & ~Copyable & ~Escapable) throws(IOError) -> Int? {
    try handle.writeCount(handle.kernel.write(handle.descriptor, bytes), of: bytes.byteCount)
  }

  /// Chooses whether operations return at once (`true`) or wait; see ``PipeReader/setNonBlocking(_:)``.
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

extension PipeWriter: DescriptorSource {
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
