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
