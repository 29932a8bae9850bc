/// Reads addresses from UTF-8 text, one part after the other.
///
/// Every method takes all of the part that it is named for and moves on, or returns `nil` (or `false`). After a `nil`
/// the position is unspecified, and the caller gives up the text. Nothing traps, whatever the bytes: the parser only
/// compares them with ASCII, so it refuses text that is not UTF-8 at all.
struct AddressParser: ~Escapable {
  private let text: Span<UInt8>
  private var position = 0

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) {
    self.text = text
  }

  var isAtEnd: Bool { position == text.count }

  /// The byte to be taken next, or `nil` at the end.
  private var next: UInt8? { position < text.count ? text[position] : nil }

  private var isAtHexadecimalDigit: Bool { next.flatMap(hexadecimalValue) != nil }

  /// Takes one byte if it is the given one.
  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: scalar) else { return false }
    position += 1
    return true
  }

  /// Takes a decimal number no greater than `limit`, written without sign or leading zeros.
  ///
  /// Leading zeros are refused because some systems read them as octal: one text must not name two addresses.
  mutating func takeDecimal(upTo limit: UInt32) -> UInt32? {
    let start = position
    var value: UInt64 = 0
    while let byte = next, let digit = decimalValue(byte) {
      // Both limits are asked at every digit, so that endless digits end here instead of overflowing.
      guard position == start || value > 0 else { return nil }
      value = value * 10 + UInt64(digit)
      guard value <= UInt64(limit) else { return nil }
      position += 1
    }
    return position > start ? UInt32(value) : nil
  }

  /// Takes a colon and a port: a decimal number from 0 to 65535.
  private mutating func takePort() -> UInt16? {
    take(":") ? takeDecimal(upTo: UInt32(UInt16.max)).map { UInt16($0) } : nil
  }

  /// Takes an address and a port: `a.b.c.d:port`, `[v6]:port` or `[v6%scope]:port`.
  mutating func takeSocketAddress() -> SocketAddress? {
    guard take("[") else {
      guard let address = takeIPv4Address(), let port = takePort() else { return nil }
      return SocketAddress(address, port: port)
    }
    guard let address = takeIPv6Address(), let scopeID = take("%") ? takeDecimal(upTo: .max) : 0,
      take("]"), let port = takePort()
    else { return nil }
    return SocketAddress(address, port: port, scopeID: scopeID)
  }

  /// Takes four decimal octets with dots between them.
  mutating func takeIPv4Address() -> IPv4Address? {
    var rawValue: UInt32 = 0
    for index in 0..<4 {
      guard index == 0 || take("."), let octet = takeDecimal(upTo: 255) else { return nil }
      rawValue = rawValue << 8 | octet
    }
    return IPv4Address(rawValue: rawValue)
  }

  /// Takes an IPv6 address in any of the forms of RFC 4291, section 2.2.
  mutating func takeIPv6Address() -> IPv6Address? {
    var segments = IPv6Segments()
    if take(":") {
      guard take(":"), segments.openGap() else { return nil }
      guard isAtHexadecimalDigit else { return segments.address }
    }
    while true {
      let start = position
      guard let segment = takeSegment() else { return nil }
      if next == UInt8(ascii: ".") {
        // These digits were the first octet of an IPv4 tail, which ends the address.
        position = start
        guard let tail = takeIPv4Address(), segments.append(tail.rawValue, count: 2) else { return nil }
        return segments.address
      }
      guard segments.append(segment, count: 1) else { return nil }
      guard take(":") else { return segments.address }
      if take(":") {
        guard segments.openGap() else { return nil }
        guard isAtHexadecimalDigit else { return segments.address }
      }
    }
  }

  /// Takes one to four hexadecimal digits; a fifth is left where it is, and fits nowhere.
  private mutating func takeSegment() -> UInt32? {
    let start = position
    var value: UInt32 = 0
    while position - start < 4, let byte = next, let digit = hexadecimalValue(byte) {
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return position > start ? value : nil
  }
}

/// The segments of an IPv6 address as they are read.
private struct IPv6Segments {
  /// The segments behind the `::`, or all while there is none, at the low end.
  private var bits: UInt128 = 0
  private var count = 0
  /// The segments before the `::`, at the high end; `nil` while there is none.
  private var head: UInt128?

  /// Appends one segment, or the two of an IPv4 address, unless they would be more than eight.
  mutating func append(_ value: UInt32, count added: Int) -> Bool {
    count += added
    bits = bits << (16 * added) | UInt128(value)
    return count <= 8
  }

  /// Notes that `::` stands here, unless there is one already.
  mutating func openGap() -> Bool {
    guard head == nil else { return false }
    head = bits << (128 - 16 * count)
    bits = 0
    return true
  }

  /// The address, or `nil` if segments are missing, or if `::` stands for none.
  var address: IPv6Address? {
    guard head == nil ? count == 8 : count < 8 else { return nil }
    let all = (head ?? 0) | bits
    return IPv6Address(high: UInt64(truncatingIfNeeded: all >> 64), low: UInt64(truncatingIfNeeded: all))
  }
}

private func decimalValue(_ byte: UInt8) -> UInt8? {
  let value = byte &- UInt8(ascii: "0")
  return value < 10 ? value : nil
}

private func hexadecimalValue(_ byte: UInt8) -> UInt8? {
  if let value = decimalValue(byte) { return value }
  // Setting this bit turns ASCII capitals into small letters, and no other byte into one of a to f.
  let value = (byte | 0x20) &- UInt8(ascii: "a")
  return value < 6 ? value + 10 : nil
}
