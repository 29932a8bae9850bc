/// Something that can be registered with a ``Registry``: a socket, a pipe end, or a type of the program's own.
///
/// Programs call the registry, never these methods. A type of the program's own forwards them to the source it holds:
///
/// ```swift
/// struct Connection: ~Copyable, Source {
///   var stream: TCPStream
///
///   mutating func register(with registry: Registry, token: Token, interests: Interests) throws(IOError) {
///     try stream.register(with: registry, token: token, interests: interests)
///   }
///   mutating func reregister(with registry: Registry, token: Token, interests: Interests) throws(IOError) {
///     try stream.reregister(with: registry, token: token, interests: interests)
///   }
///   mutating func deregister(from registry: Registry) throws(IOError) {
///     try stream.deregister(from: registry)
///   }
/// }
/// ```
///
/// An error that a method throws reaches the registry's caller unchanged. A method that throws must have changed
/// nothing, but for a `reregister` that the selector could not carry out: see
/// ``Registry/reregister(_:token:interests:)``.
public protocol Source<S>: ~Copyable {
  /// The selector that can watch this source.
  associatedtype S: Selector

  /// Registers the source under a token for the given interests.
  mutating func register(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError)

  /// Replaces the token and the interests of a registered source, and re-arms it.
  mutating func reregister(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError)

  /// Ends the source's registration.
  mutating func deregister(from registry: Registry<S>) throws(IOError)
}

/// A source that owns its descriptor: every socket and every end of a pipe.
///
/// Dropping one closes its descriptor and ends its registration. Generic code may take any of them:
///
/// ```swift
/// func watch<T: DescriptorSource & ~Copyable>(_ source: inout T, …) throws(IOError) { … }
/// ```
///
/// A type of the program's own conforms to ``Source`` instead, and forwards to the source that it holds.
public protocol DescriptorSource<S>: Source, ~Copyable, Sendable {
  /// Wraps a descriptor that was made elsewhere, without changing any of its flags.
  ///
  /// It must be of the kind that the source is for, and non-blocking, or operations block. A pipe's end can be made
  /// non-blocking by its `setNonBlocking(_:)`.
  ///
  /// - Complexity: O(1); no system call, no allocation.
  init(adopting descriptor: consuming S.K.Owner)

  /// The descriptor, which stays the source's to close.
  var rawDescriptor: S.K.Descriptor { get }

  /// Takes the descriptor out; a source that is still registered stops the program: deregister it first.
  ///
  /// - Complexity: O(1); no system call, no allocation.
  consuming func releaseDescriptor() -> S.K.Owner

  /// Closes the descriptor and ends the source's registration.
  ///
  /// The system still sends bytes that were written. Unread bytes are lost, and most systems then reset a TCP
  /// connection. The files of Unix-domain sockets stay. Dropping the source does the same and ignores the error. The
  /// descriptor is gone in either case.
  ///
  /// - Throws: ``IOError/Kind/badDescriptor`` only if the descriptor was closed outside the library; any other error
  ///   of close(2) for an adopted descriptor that is neither a socket nor a pipe, such as a file.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: close(2); RFC 9293, section 3.6.
  consuming func close() throws(IOError)

  /// Runs an operation of the program's own on the descriptor, once, and returns its value; `nil` if it would block.
  ///
  /// An operation that would block must throw an error of kind ``IOError/Kind/wouldBlock``, and the source is re-armed.
  /// On poll(2) success re-arms it as well, since the operation may have read something, or written less than it had.
  /// The operation must not close the descriptor.
  ///
  /// If it throws another error nothing is re-armed, even if it had taken something before. So an error does not end
  /// the draining: go on until the operation would block. That holds for the library's own operations, too, such as an
  /// accept that takes a connection out of the queue and fails.
  ///
  /// - Throws: The operation's error, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: That of the operation; no allocation.
  func perform<R: ~Copyable>(_ operation: (S.K.Descriptor) throws(IOError) -> R) throws(IOError) -> R?
}
