/// A source that owns its descriptor: what all of the library's sockets and pipe ends have in common.
///
/// Dropping one closes its descriptor and ends its registration. Generic code may take any of them:
///
/// ```swift
/// func watch<T: OwningSource & ~Copyable>(_ source: inout T, …) throws(IOError) { … }
/// ```
///
/// The protocol is not meant to be conformed to outside this package; a type of one's own conforms to ``Source``.
public protocol OwningSource<S>: Source, ~Copyable, Sendable {
  /// The descriptor with its registration.
  var handle: SourceHandle<S> { get set }

  /// Makes a source around a descriptor.
  init(handle: consuming SourceHandle<S>)

  /// Takes the descriptor with its registration out of the source.
  consuming func takeHandle() -> SourceHandle<S>
}

extension OwningSource where Self: ~Copyable {
  /// Closes the descriptor and ends the source's registration.
  ///
  /// What was written is still sent; what was not read is lost, which makes most systems reset a TCP connection. The
  /// files of Unix-domain sockets stay. Dropping the source does the same and ignores the error. The descriptor is
  /// gone in either case.
  ///
  /// - Throws: What the system reports of closing.
  ///
  /// Source: close(2); RFC 9293, section 3.6.
  @inlinable
  public consuming func close() throws(IOError) {
    try takeHandle().close()
  }

  /// Runs an operation of the program's own on the descriptor, once, and hands back its value or error.
  ///
  /// An operation that would block must throw an error of kind ``IOError/Kind/wouldBlock``; the source is re-armed
  /// then, as after the library's own operations. On poll(2) it is re-armed by success as well, since the operation may
  /// have read something, or written less than it had. The operation must not close the descriptor.
  ///
  /// If it throws another error nothing is re-armed, even if it had taken something before. So an error ends no draining:
  /// go on until the operation would block. That holds for the library's own operations, too, such as an accept that
  /// takes a connection out of the queue and fails.
  ///
  /// - Throws: What the operation throws.
  @inlinable
  public func perform<R: ~Copyable>(
    _ operation: (S.K.Descriptor) throws(IOError) -> R
  ) throws(IOError) -> R {
    try handle.perform(operation)
  }

  /// Registers the source; called by ``Registry/register(_:token:interests:)``.
  @inlinable
  public mutating func register(with registry: Registry<S>, token: Token, interests: Interest) throws(IOError)
  {
    try handle.register(with: registry, token: token, interests: interests)
  }

  /// Reregisters the source; called by ``Registry/reregister(_:token:interests:)``.
  @inlinable
  public mutating func reregister(with registry: Registry<S>, token: Token, interests: Interest)
    throws(IOError)
  {
    try handle.reregister(with: registry, token: token, interests: interests)
  }

  /// Deregisters the source; called by ``Registry/deregister(_:)``.
  @inlinable
  public mutating func deregister(from registry: Registry<S>) throws(IOError) {
    try handle.deregister(from: registry)
  }
}

/// A source that is a socket.
public protocol Socket<S>: OwningSource, ~Copyable {}

extension Socket where Self: ~Copyable {
  /// Returns the socket's pending error and clears it; `nil` if there is none.
  ///
  /// This is how the outcome of a connection attempt is learnt, and why an event said ``ReadinessEvent/isError``.
  ///
  /// Source: `SO_ERROR` in socket(7).
  @inlinable
  public func takePendingError() throws(IOError) -> IOError? {
    let error = try handle.kernel.takePendingError(of: handle.descriptor)
    // Also if there is none: another thread may have taken it while it was being told.
    handle.registration.didFail(error ?? IOError(.other))
    return error
  }
}
