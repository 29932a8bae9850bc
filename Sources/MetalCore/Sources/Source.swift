/// A type that a ``Registry`` can register: a socket, an end of a pipe, or a type of the program's own.
///
/// A program calls the registry instead of the methods of this protocol. A type of the program's own forwards the
/// methods to its source:
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
/// nothing. The exception is a `reregister` that the selector could not carry out: see
/// ``Registry/reregister(_:token:interests:)``.
public protocol Source<S>: ~Copyable {
  /// The selector that can watch this source.
  associatedtype S: Selector

  /// Registers the source under a token, for the given interests.
  ///
  /// - Parameters:
  ///   - registry: The registry of the poll that will watch the source.
  ///   - token: The token that the source's events carry.
  ///   - interests: The conditions to report.
  /// - Throws: The errors that ``Registry/register(_:token:interests:)`` lists.
  mutating func register(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError)

  /// Replaces the token and the interests of a registered source, and re-arms the source.
  ///
  /// - Parameters:
  ///   - registry: The registry of the poll that watches the source.
  ///   - token: The new token.
  ///   - interests: The new interests.
  /// - Throws: The errors that ``Registry/reregister(_:token:interests:)`` lists.
  mutating func reregister(with registry: Registry<S>, token: Token, interests: Interests) throws(IOError)

  /// Ends the source's registration.
  ///
  /// - Parameter registry: The registry of the poll that watches the source.
  /// - Throws: The errors that ``Registry/deregister(_:)`` lists.
  mutating func deregister(from registry: Registry<S>) throws(IOError)
}

/// A source that owns its descriptor: a socket or an end of a pipe.
///
/// Dropping the source closes its descriptor and ends its registration. Generic code may take every source that
/// conforms to this protocol:
///
/// ```swift
/// func watch<T: DescriptorSource & ~Copyable>(
///   _ source: inout T, by registry: T.S.Registry, token: Token
/// ) throws(IOError) {
///   try registry.register(&source, token: token, interests: [.readable, .writable])
/// }
/// ```
///
/// A type of the program's own conforms to ``Source`` instead, and forwards the methods to its source.
public protocol DescriptorSource<S>: Source, ~Copyable, Sendable {
  /// Wraps a descriptor that other code opened.
  ///
  /// The source changes none of the descriptor's flags.
  ///
  /// - Parameter descriptor: A descriptor of the kind that the source is for. If the descriptor is blocking, the
  ///   source's operations block. `setNonBlocking(_:)` makes an end of a pipe non-blocking.
  /// - Complexity: O(1); no system call, no allocation.
  init(adopting descriptor: consuming S.K.Owner)

  /// The descriptor, which the source still owns.
  var rawDescriptor: S.K.Descriptor { get }

  /// Takes the descriptor out of the source, which must not be registered.
  ///
  /// - Precondition: The source is not registered. A registered source stops the program, so deregister the source
  ///   first.
  /// - Returns: The descriptor, which the caller owns from now on.
  /// - Complexity: O(1); no system call, no allocation.
  consuming func releaseDescriptor() -> S.K.Owner

  /// Closes the descriptor and ends the source's registration.
  ///
  /// The system still sends the bytes that the program has written. The system discards unread bytes, and most systems
  /// then reset a TCP connection. The call leaves the files of Unix-domain sockets in place. Dropping the source has
  /// the same effects as this call, but ignores the error. The descriptor is closed afterwards, even after an error.
  ///
  /// - Throws:
  ///   - ``IOError/Kind/badDescriptor`` only if code outside of the library closed the descriptor.
  ///   - Any other error of close(2) for an adopted descriptor that is neither a socket nor a pipe, such as a file.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: close(2); RFC 9293, section 3.6.
  consuming func close() throws(IOError)

  /// Runs an operation of the program's own on the descriptor, once.
  ///
  /// An operation that would block must throw an error of kind ``IOError/Kind/wouldBlock``. The call then re-arms the
  /// source. On poll(2) and AFD the call also re-arms the source after a success. A successful operation may have read
  /// something, or may have written only a part of its bytes. The operation must not close the descriptor.
  ///
  /// If the operation throws another error, the call re-arms nothing, even if the operation took something before. On
  /// AFD, the call re-arms reading after a transient error, such as the error of a refused datagram. On every backend,
  /// go on after an error until the operation would block. The same rule holds for the library's own operations, such as
  /// an accept that takes a connection out of the queue and fails.
  ///
  /// - Parameter operation: The operation, which gets the descriptor.
  /// - Returns: The operation's value, or `nil` if the operation would block.
  /// - Throws: The operation's error, except ``IOError/Kind/wouldBlock``.
  /// - Complexity: The cost of the operation; no allocation.
  func perform<R: ~Copyable>(_ operation: (S.K.Descriptor) throws(IOError) -> R) throws(IOError) -> R?
}
