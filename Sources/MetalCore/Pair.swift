/// Two values that were made together, such as the ends of a pipe, each of which can be consumed by itself.
///
/// It stands in for a tuple, which cannot hold noncopyable values.
@frozen
public struct Pair<First: ~Copyable, Second: ~Copyable>: ~Copyable {
  /// The first value.
  public var first: First
  /// The second value.
  public var second: Second

  /// Makes a pair of two values.
  @inlinable
  public init(_ first: consuming First, _ second: consuming Second) {
    self.first = first
    self.second = second
  }
}

extension Pair: Copyable where First: Copyable, Second: Copyable {}
extension Pair: BitwiseCopyable where First: BitwiseCopyable, Second: BitwiseCopyable {}
extension Pair: Sendable where First: Sendable & ~Copyable, Second: Sendable & ~Copyable {}

/// A connection that a listener accepted, and the address it came from.
///
/// Both parts can be consumed one by one; it stands in for a tuple, which cannot hold noncopyable values.
@frozen
public struct Accepted<Stream: ~Copyable, Address: Sendable>: ~Copyable {
  /// The connection.
  public var stream: Stream
  /// The peer's address.
  public var peerAddress: Address

  /// Makes an accepted connection of its parts.
  @inlinable
  public init(stream: consuming Stream, peerAddress: Address) {
    self.stream = stream
    self.peerAddress = peerAddress
  }
}

extension Accepted: Sendable where Stream: Sendable & ~Copyable {}
