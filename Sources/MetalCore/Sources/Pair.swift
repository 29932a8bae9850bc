/// Two values that were made together, such as the ends of a pipe, each of which can be consumed by itself.
///
/// A pair replaces a tuple, which cannot hold noncopyable values.
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
