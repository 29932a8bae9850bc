/// The program's own name for a source.
///
/// A program passes a token when it registers a source, and every event of the source carries this token. A token is
/// one machine word without a meaning for the library. Every bit pattern is legal, and the library reserves no pattern.
/// Two sources may share a token.
///
/// Name a few fixed sources in an extension, and leave the many connections to a ``Slab``. On 64-bit systems a slab's
/// tokens begin at 2³², so they never collide with small numbers:
///
/// ```swift
/// extension Token {
///   static let server: Token = 0
/// }
/// …
/// switch event.token {
/// case .server: accept()
/// default: serve(event.token)
/// }
/// ```
///
/// In a library write `public static var server: Token { 0 }` instead of a `static let`. A `static let` is as cheap as
/// a constant only inside its own module. In another module, each use first checks whether the constant is initialised.
///
/// - Complexity: Every member is O(1). Only ``description`` allocates.
@frozen
public struct Token: RawRepresentable, ExpressibleByIntegerLiteral, Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The word that the token wraps, exactly as the program gave it.
  public let rawValue: UInt

  /// Creates a token from a word.
  ///
  /// Every value is legal.
  @inlinable public init(rawValue: UInt) { self.rawValue = rawValue }

  /// Creates a token from a word.
  ///
  /// Every value is legal.
  @inlinable public init(_ rawValue: UInt) { self.rawValue = rawValue }

  /// Creates a token from an integer literal, as in `let server: Token = 0`.
  @inlinable public init(integerLiteral value: UInt) { rawValue = value }

  // `RawRepresentable` brings generic forms of the three methods below. The plain forms cost the same in debug builds
  // as in release builds. The program matches a token for every event, so this cost matters.

  /// Returns whether two tokens wrap the same word.
  @inlinable public static func == (left: Token, right: Token) -> Bool { left.rawValue == right.rawValue }

  /// Orders tokens by the words they wrap.
  @inlinable public static func < (left: Token, right: Token) -> Bool { left.rawValue < right.rawValue }

  /// Feeds the wrapped word to a hasher.
  @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

extension Token: CustomStringConvertible {
  /// The token as text, such as `Token(7)`.
  ///
  /// To get the word of a token, read ``rawValue`` instead.
  public var description: String { "Token(\(rawValue))" }
}
