/// An IPv4 address: four octets, held as one 32-bit number.
///
/// ```swift
/// let host = IPv4Address(192, 168, 0, 1)
/// let same = IPv4Address("192.168.0.1")
/// ```
///
/// The text form is strict: exactly four decimal octets, without white space, and no text after the last digit. The
/// initializers refuse leading zeros, because some systems read the first octet of `"010.0.0.1"` as 10 and others as 8.
/// ``description`` is the text form. Reading the description gives the same address.
///
/// - Complexity: Every member is O(1). Reading stops at the first wrong byte. Only ``description`` and a
///   ``SocketAddress/ParseError`` allocate.
@frozen
public struct IPv4Address: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The address as a number in host byte order: `127.0.0.1` is `0x7F00_0001`.
  public let rawValue: UInt32

  /// Creates an address from a number in host byte order.
  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Creates an address from its four octets, in the order of the text form.
  @inlinable
  public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8) {
    self.init(rawValue: UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d))
  }

  /// Creates an address from its four octets, in network byte order.
  @inlinable
  public init(octets: InlineArray<4, UInt8>) {
    self.init(octets[0], octets[1], octets[2], octets[3])
  }

  /// The four octets, in network byte order.
  @inlinable
  public var octets: InlineArray<4, UInt8> {
    InlineArray { index in UInt8(truncatingIfNeeded: rawValue >> UInt32(24 - 8 * index)) }
  }

  /// Returns whether two addresses are the same.
  @inlinable public static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }

  /// Orders addresses by their octets, from the first octet to the last.
  @inlinable public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

  /// Feeds the address to a hasher.
  @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(rawValue) }
}

// The constants are computed properties, because another module checks at each use whether a `static let` is
// initialised.
extension IPv4Address {
  /// `127.0.0.1`, the loopback address of this machine.
  @inlinable public static var loopback: IPv4Address { IPv4Address(127, 0, 0, 1) }

  /// `0.0.0.0`, which names no address.
  ///
  /// A socket that is bound to `0.0.0.0` listens on all addresses of the machine.
  @inlinable public static var unspecified: IPv4Address { IPv4Address(0, 0, 0, 0) }

  /// `255.255.255.255`, the address of every machine on the local network.
  @inlinable public static var broadcast: IPv4Address { IPv4Address(255, 255, 255, 255) }

  /// Whether this address is ``unspecified``, `0.0.0.0`.
  @inlinable public var isUnspecified: Bool { rawValue == 0 }

  /// Whether this address is in `127.0.0.0/8`, whose packets never leave the machine.
  @inlinable public var isLoopback: Bool { rawValue >> 24 == 127 }

  /// Whether this address is in `224.0.0.0/4`, the multicast groups.
  @inlinable public var isMulticast: Bool { rawValue >> 28 == 0xE }

  /// Whether this address is ``broadcast``, `255.255.255.255`.
  @inlinable public var isBroadcast: Bool { rawValue == .max }

  /// Whether this address is in `169.254.0.0/16`, which is valid on one link only (RFC 3927).
  @inlinable public var isLinkLocal: Bool { rawValue >> 16 == 0xA9FE }

  /// Whether this address is in a private network: `10.0.0.0/8`, `172.16.0.0/12` or `192.168.0.0/16` (RFC 1918).
  @inlinable
  public var isPrivate: Bool { rawValue >> 24 == 10 || rawValue >> 20 == 0xAC1 || rawValue >> 16 == 0xC0A8 }
}

extension IPv4Address: LosslessStringConvertible {
  /// Reads an address such as `127.0.0.1`, or returns `nil` for any other text.
  public init?(_ text: String) { self.init(utf8: text.utf8.span) }

  /// Reads an address such as `127.0.0.1` from a part of a string, or returns `nil` for any other text.
  public init?(_ text: Substring) { self.init(utf8: text.utf8.span) }

  /// Reads an address such as `127.0.0.1` from UTF-8, or returns `nil` for any other bytes.
  ///
  /// The bytes need not be valid UTF-8.
  public init?(utf8 text: Span<UInt8>) {
    var parser = AddressParser(text)
    guard let address = parser.takeIPv4Address(), parser.takeEnd() else { return nil }
    self = address
  }

  /// Reads an address such as `127.0.0.1`, or throws an error that describes the fault in the text.
  ///
  /// - Throws: ``SocketAddress/ParseError`` if ``init(_:)-(String)`` would return `nil`. The error describes the fault
  ///   and gives its position.
  public init(parsing text: String) throws(SocketAddress.ParseError) {
    var parser = AddressParser(text.utf8.span)
    guard let address = parser.takeIPv4Address(), parser.takeEnd() else { throw parser.error(in: text) }
    self = address
  }

  /// Reads an address such as `127.0.0.1` from a part of a string, or throws an error that describes the fault.
  ///
  /// - Throws: ``SocketAddress/ParseError`` if ``init(_:)-(Substring)`` would return `nil`. The error describes the
  ///   fault and gives its position.
  public init(parsing text: Substring) throws(SocketAddress.ParseError) { try self.init(parsingUTF8: text.utf8.span) }

  /// Reads an address such as `127.0.0.1` from UTF-8, or throws an error that describes the fault in the bytes.
  ///
  /// - Throws: ``SocketAddress/ParseError`` if ``init(utf8:)`` would return `nil`. The error describes the fault and
  ///   gives its position.
  public init(parsingUTF8 text: Span<UInt8>) throws(SocketAddress.ParseError) {
    var parser = AddressParser(text)
    guard let address = parser.takeIPv4Address(), parser.takeEnd() else {
      throw parser.error(in: parser.repairedText)
    }
    self = address
  }

  /// The four octets in decimal, with dots between them.
  public var description: String {
    let octets = octets
    return "\(octets[0]).\(octets[1]).\(octets[2]).\(octets[3])"
  }
}
