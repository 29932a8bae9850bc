/// An IPv6 address: eight segments of 16 bits, held as two 64-bit numbers.
///
/// ```swift
/// let host = IPv6Address(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)
/// let same = IPv6Address("2001:db8::1")
/// ```
///
/// All text forms of RFC 4291 are read: full, with `::`, and with an IPv4 address as the last 32 bits, whose octets are
/// read as strictly as those of ``IPv4Address``. ``description`` writes the one form of RFC 5952, and reading it back
/// gives the same address. A zone (`%2`) is not part of an address; it belongs to a ``SocketAddress``, and text that
/// has one is refused here.
///
/// - Complexity: Every member is O(1): reading stops at the first byte that is wrong. Only
///   ``description`` and a ``SocketAddress/ParseError`` allocate.
@frozen
public struct IPv6Address: Hashable, Comparable, Sendable, BitwiseCopyable {
  // Two words rather than one `UInt128`, which would align every socket address to 16 bytes.

  /// The first four segments as one number in host byte order: the network's part, as a rule.
  public let high: UInt64

  /// The last four segments as one number in host byte order: the interface's part, as a rule.
  public let low: UInt64

  /// Creates an address from its two halves, each in host byte order.
  @inlinable
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Creates an address from its eight segments, in the order in which they are written.
  @inlinable
  public init(_ a: UInt16, _ b: UInt16, _ c: UInt16, _ d: UInt16, _ e: UInt16, _ f: UInt16, _ g: UInt16, _ h: UInt16) {
    self.init(segments: [a, b, c, d, e, f, g, h])
  }

  /// Creates an address from its eight segments, in the order in which they are written.
  @inlinable
  public init(segments: InlineArray<8, UInt16>) {
    var high: UInt64 = 0
    var low: UInt64 = 0
    for index in 0..<4 {
      high = high << 16 | UInt64(segments[index])
      low = low << 16 | UInt64(segments[index + 4])
    }
    self.init(high: high, low: low)
  }

  /// Creates an address from its sixteen octets, in network byte order.
  @inlinable
  public init(octets: InlineArray<16, UInt8>) {
    var high: UInt64 = 0
    var low: UInt64 = 0
    for index in 0..<8 {
      high = high << 8 | UInt64(octets[index])
      low = low << 8 | UInt64(octets[index + 8])
    }
    self.init(high: high, low: low)
  }

  /// Creates the IPv4-mapped address, `::ffff:a.b.c.d`, by which IPv6 sockets name an IPv4 peer.
  @inlinable
  public init(mapping address: IPv4Address) {
    self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(address.rawValue))
  }

  /// The eight segments, in the order in which they are written.
  @inlinable
  public var segments: InlineArray<8, UInt16> {
    InlineArray { index in UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index & 3))) }
  }

  /// The sixteen octets, in network byte order.
  @inlinable
  public var octets: InlineArray<16, UInt8> {
    InlineArray { index in UInt8(truncatingIfNeeded: (index < 8 ? high : low) >> UInt64(56 - 8 * (index & 7))) }
  }

  /// Returns whether two addresses are the same.
  @inlinable
  public static func == (left: Self, right: Self) -> Bool { left.high == right.high && left.low == right.low }

  /// Orders addresses by their segments, the first one first.
  @inlinable
  public static func < (left: Self, right: Self) -> Bool {
    left.high == right.high ? left.low < right.low : left.high < right.high
  }

  /// Feeds the address to a hasher.
  @inlinable
  public func hash(into hasher: inout Hasher) {
    hasher.combine(high)
    hasher.combine(low)
  }
}

extension IPv6Address {
  /// `::1`: this machine, reached from itself.
  @inlinable public static var loopback: IPv6Address { IPv6Address(high: 0, low: 1) }

  /// `::`: no address in particular; a socket bound to it listens on all of them.
  @inlinable public static var unspecified: IPv6Address { IPv6Address(high: 0, low: 0) }

  /// Whether this is ``unspecified``, `::`.
  @inlinable public var isUnspecified: Bool { high == 0 && low == 0 }

  /// Whether this is ``loopback``, `::1`; the mapped `::ffff:127.0.0.1` is not (ask ``mappedIPv4Address``).
  @inlinable public var isLoopback: Bool { high == 0 && low == 1 }

  /// Whether this is in `ff00::/8`, the multicast groups.
  @inlinable public var isMulticast: Bool { high >> 56 == 0xFF }

  /// Whether this is in `fe80::/10`, valid on one link only, so that it takes a scope to reach it.
  @inlinable public var isLinkLocal: Bool { high >> 54 == 0x3FA }

  /// Whether this is in `fc00::/7`, the private networks (RFC 4193).
  @inlinable public var isUniqueLocal: Bool { high >> 57 == 0x7E }

  /// The IPv4 address inside an IPv4-mapped address, `::ffff:a.b.c.d`; `nil` if this is no such address.
  @inlinable
  public var mappedIPv4Address: IPv4Address? {
    guard high == 0, low >> 32 == 0xFFFF else { return nil }
    return IPv4Address(rawValue: UInt32(truncatingIfNeeded: low))
  }
}

// MARK: - Text

extension IPv6Address: LosslessStringConvertible {
  /// Reads an address such as `2001:db8::1` or `::ffff:192.0.2.1`; the result is `nil` for any other text.
  ///
  /// `::` stands for at least one segment, may be used once, and a zone (`%2`) is refused.
  public init?(_ text: String) { self.init(utf8: text.utf8.span) }

  /// Reads an address such as `2001:db8::1` from a part of a string; the result is `nil` for any other text.
  public init?(_ text: Substring) { self.init(utf8: text.utf8.span) }

  /// Reads an address such as `2001:db8::1` from UTF-8; the result is `nil` for any other bytes, valid UTF-8 or not.
  public init?(utf8 text: Span<UInt8>) {
    var parser = AddressParser(text)
    guard let address = parser.takeIPv6Address(), parser.takeEnd() else { return nil }
    self = address
  }

  /// Reads an address such as `2001:db8::1`, or says what is wrong with the text.
  ///
  /// - Throws: ``SocketAddress/ParseError`` if ``init(_:)-(String)`` would return `nil`.
  public init(parsing text: String) throws(SocketAddress.ParseError) {
    var parser = AddressParser(text.utf8.span)
    guard let address = parser.takeIPv6Address(), parser.takeEnd() else { throw parser.error(in: text) }
    self = address
  }

  /// Reads an address such as `2001:db8::1` from a part of a string, or says what is wrong with the text.
  ///
  /// - Throws: ``SocketAddress/ParseError`` if ``init(_:)-(Substring)`` would return `nil`.
  public init(parsing text: Substring) throws(SocketAddress.ParseError) { try self.init(parsingUTF8: text.utf8.span) }

  /// Reads an address such as `2001:db8::1` from UTF-8, or says what is wrong with the bytes.
  ///
  /// - Throws: ``SocketAddress/ParseError`` if ``init(utf8:)`` would return `nil`.
  public init(parsingUTF8 text: Span<UInt8>) throws(SocketAddress.ParseError) {
    var parser = AddressParser(text)
    guard let address = parser.takeIPv6Address(), parser.takeEnd() else {
      throw parser.error(in: parser.repairedText)
    }
    self = address
  }

  /// The address in the one form that RFC 5952 recommends.
  ///
  /// Small letters, no leading zeros, `::` for the longest run of at least two zero segments, for the first of several
  /// equally long ones; an IPv4-mapped address ends in dotted octets.
  public var description: String {
    if let mapped = mappedIPv4Address { return "::ffff:\(mapped.description)" }
    var text = ""
    let gap = longestZeroRun
    let segments = segments
    for index in segments.indices {
      if gap.contains(index) {
        // The colon that ends the segment before, if any, is written here too: the gap is two colons either way.
        if index == gap.lowerBound { text += "::" }
        continue
      }
      if index > 0, index != gap.upperBound { text += ":" }
      text += String(segments[index], radix: 16)
    }
    return text
  }

  /// The segments that `::` stands for; an empty range, beyond the last segment, if there are no two in a row.
  private var longestZeroRun: Range<Int> {
    let segments = segments
    var longest = 8..<8
    var start = 0
    for index in segments.indices {
      if segments[index] != 0 {
        start = index + 1
      } else if index > start, index + 1 - start > longest.count {
        longest = start..<index + 1
      }
    }
    return longest
  }
}
