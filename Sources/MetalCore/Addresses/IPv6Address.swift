/// An IPv6 address: eight segments of 16 bits, held as two 64-bit numbers.
///
/// ```swift
/// let host = IPv6Address(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)
/// let same = IPv6Address("2001:db8::1")
/// ```
///
/// A program can read all text forms of RFC 4291. An address may be in full or with `::`. The last 32 bits of the text
/// may be an IPv4 address. The octets of the IPv4 address follow the strict rules of ``IPv4Address``. ``description``
/// is the form of RFC 5952. Reading the description gives the same address. A zone (`%2`) is part of a
/// ``SocketAddress`` only, so the initializers of `IPv6Address` refuse text with a zone.
///
/// - Complexity: Every member is O(1). Reading stops at the first wrong byte. Only ``description`` and a
///   ``SocketAddress/ParseError`` allocate.
@frozen
public struct IPv6Address: Hashable, Comparable, Sendable, BitwiseCopyable {
  // Two words instead of one `UInt128`, which would align every socket address to 16 bytes.

  /// The first four segments as one number in host byte order, which usually name the network.
  public let high: UInt64

  /// The last four segments as one number in host byte order, which usually name the interface.
  public let low: UInt64

  /// Creates an address from its two halves, each in host byte order.
  @inlinable
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Creates an address from its eight segments, in the order of the text form.
  @inlinable
  public init(_ a: UInt16, _ b: UInt16, _ c: UInt16, _ d: UInt16, _ e: UInt16, _ f: UInt16, _ g: UInt16, _ h: UInt16) {
    self.init(segments: [a, b, c, d, e, f, g, h])
  }

  /// Creates an address from its eight segments, in the order of the text form.
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

  /// Creates the IPv4-mapped address `::ffff:a.b.c.d`.
  ///
  /// IPv6 sockets use the address for an IPv4 peer.
  @inlinable
  public init(mapping address: IPv4Address) {
    self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(address.rawValue))
  }

  /// The eight segments, in the order of the text form.
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

  /// Orders addresses by their segments, from the first segment to the last.
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
  /// `::1`, the loopback address of this machine.
  @inlinable public static var loopback: IPv6Address { IPv6Address(high: 0, low: 1) }

  /// `::`, which names no address.
  ///
  /// A socket that is bound to `::` listens on all addresses of the machine.
  @inlinable public static var unspecified: IPv6Address { IPv6Address(high: 0, low: 0) }

  /// Whether this address is ``unspecified``, `::`.
  @inlinable public var isUnspecified: Bool { high == 0 && low == 0 }

  /// Whether this address is ``loopback``, `::1`.
  ///
  /// For the mapped address `::ffff:127.0.0.1` the property is `false`. To check a mapped address, use
  /// ``mappedIPv4Address``.
  @inlinable public var isLoopback: Bool { high == 0 && low == 1 }

  /// Whether this address is in `ff00::/8`, the multicast groups.
  @inlinable public var isMulticast: Bool { high >> 56 == 0xFF }

  /// Whether this address is in `fe80::/10`, which is valid on one link only.
  ///
  /// A socket needs a scope to reach a link-local address.
  @inlinable public var isLinkLocal: Bool { high >> 54 == 0x3FA }

  /// Whether this address is in `fc00::/7`, the private networks (RFC 4193).
  @inlinable public var isUniqueLocal: Bool { high >> 57 == 0x7E }

  /// The IPv4 address inside an IPv4-mapped address `::ffff:a.b.c.d`, or `nil` for any other address.
  @inlinable
  public var mappedIPv4Address: IPv4Address? {
    guard high == 0, low >> 32 == 0xFFFF else { return nil }
    return IPv4Address(rawValue: UInt32(truncatingIfNeeded: low))
  }
}

// MARK: - Text

extension IPv6Address: LosslessStringConvertible {
  /// Reads an address such as `2001:db8::1` or `::ffff:192.0.2.1`, or returns `nil` for any other text.
  ///
  /// `::` stands for at least one segment, and a text may contain `::` only once. The initializer refuses a zone
  /// (`%2`).
  public init?(_ text: String) { self.init(utf8: text.utf8.span) }

  /// Reads an address such as `2001:db8::1` from a part of a string, or returns `nil` for any other text.
  public init?(_ text: Substring) { self.init(utf8: text.utf8.span) }

  /// Reads an address such as `2001:db8::1` from UTF-8, or returns `nil` for any other bytes.
  ///
  /// The bytes need not be valid UTF-8.
  public init?(utf8 text: Span<UInt8>) {
    var parser = AddressParser(text)
    guard let address = parser.takeIPv6Address(), parser.takeEnd() else { return nil }
    self = address
  }

  /// Reads an address such as `2001:db8::1`, or throws an error that describes the fault in the text.
  ///
  /// - Throws: ``SocketAddress/ParseError`` if ``init(_:)-(String)`` would return `nil`. The error describes the fault
  ///   and gives its position.
  public init(parsing text: String) throws(SocketAddress.ParseError) {
    var parser = AddressParser(text.utf8.span)
    guard let address = parser.takeIPv6Address(), parser.takeEnd() else { throw parser.error(in: text) }
    self = address
  }

  /// Reads an address such as `2001:db8::1` from a part of a string, or throws an error that describes the fault.
  ///
  /// - Throws: ``SocketAddress/ParseError`` if ``init(_:)-(Substring)`` would return `nil`. The error describes the
  ///   fault and gives its position.
  public init(parsing text: Substring) throws(SocketAddress.ParseError) { try self.init(parsingUTF8: text.utf8.span) }

  /// Reads an address such as `2001:db8::1` from UTF-8, or throws an error that describes the fault in the bytes.
  ///
  /// - Throws: ``SocketAddress/ParseError`` if ``init(utf8:)`` would return `nil`. The error describes the fault and
  ///   gives its position.
  public init(parsingUTF8 text: Span<UInt8>) throws(SocketAddress.ParseError) {
    var parser = AddressParser(text)
    guard let address = parser.takeIPv6Address(), parser.takeEnd() else {
      throw parser.error(in: parser.repairedText)
    }
    self = address
  }

  /// The address in the form that RFC 5952 recommends.
  ///
  /// The form has small letters and no leading zeros. `::` replaces the longest run of at least two zero segments. If
  /// several runs are equally long, `::` replaces the first run. An IPv4-mapped address ends in dotted octets.
  public var description: String {
    if let mapped = mappedIPv4Address { return "::ffff:\(mapped.description)" }
    var text = ""
    let gap = longestZeroRun
    let segments = segments
    for index in segments.indices {
      if gap.contains(index) {
        // The branch also writes the colon that ends the segment before, because the gap is two colons in either case.
        if index == gap.lowerBound { text += "::" }
        continue
      }
      if index > 0, index != gap.upperBound { text += ":" }
      text += String(segments[index], radix: 16)
    }
    return text
  }

  /// The segments that `::` stands for, or an empty range after the last segment if no two zeros are in a row.
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
