/// The program's own name for a source.
///
/// A program gives a token when it registers a source, and every event of that source has it. A token is one machine
/// word and means nothing to the library: every bit pattern is legal, none is reserved, and two sources may share one.
///
/// A program names its few fixed sources in an extension and leaves the many to a ``Slab``, whose tokens never collide
/// with small numbers (on 64-bit systems they begin at 2³²):
///
/// ```swift
/// extension Token {
///   static let server: Token = 0
/// }
///
/// switch event.token {
/// case .server: accept()
/// default: serve(event.token)
/// }
/// ```
///
/// In a library write `public static var server: Token { 0 }` instead. A `static let` is as cheap as a constant inside
/// its own module only; used from another module, each use first asks whether it was initialised.
///
/// - Complexity: every member is O(1) and, but for ``description``, allocates nothing.
@frozen
public struct Token: RawRepresentable, ExpressibleByIntegerLiteral, Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The word that the token wraps, exactly as it was given.
  public let rawValue: UInt

  /// Creates a token from a word; every value is legal.
  @inlinable public init(rawValue: UInt) { self.rawValue = rawValue }

  /// Creates a token from a word; every value is legal.
  @inlinable public init(_ rawValue: UInt) { self.rawValue = rawValue }

  /// Creates a token from an integer literal, so that `let server: Token = 0` reads as it should.
  @inlinable public init(integerLiteral value: UInt) { rawValue = value }

  // `RawRepresentable` brings generic forms of these three. The plain ones cost the same in debug builds as in release
  // builds, and matching a token is on the path of every event.

  /// Tells whether two tokens wrap the same word.
  @inlinable public static func == (left: Token, right: Token) -> Bool { left.rawValue == right.rawValue }

  /// Orders tokens by the words they wrap.
  @inlinable public static func < (left: Token, right: Token) -> Bool { left.rawValue < right.rawValue }

  /// Feeds the wrapped word to a hasher.
  @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

extension Token: CustomStringConvertible {
  /// The token as `Token(7)`, for people; programs read ``rawValue``.
  public var description: String { "Token(\(rawValue))" }
}
