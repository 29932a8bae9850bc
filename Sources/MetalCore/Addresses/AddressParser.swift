/// Reads addresses from UTF-8 text, one part after the other.
///
/// Every method either takes the whole of what it is named for and moves on, or returns `nil` (or `false`).
/// After a `nil` the position is unspecified and the text is to be given up. Nothing traps, whatever the bytes:
/// they are only ever compared with ASCII, so text that is not UTF-8 at all is merely refused.
struct AddressParser: ~Escapable {
  private let text: Span<UInt8>
  private var position = 0

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) {
    self.text = text
  }

  /// Whether all of the text was taken.
  var isAtEnd: Bool {
    position == text.count
  }

  /// The byte to be taken next, or `nil` at the end.
  private var next: UInt8? {
    position < text.count ? text[position] : nil
  }

  private var isAtHexadecimalDigit: Bool {
    next.flatMap(hexadecimalValue) != nil
  }

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
    guard position > start else { return nil }
    return UInt32(value)
  }

  /// Takes a port: a decimal number from 0 to 65535.
  mutating func takePort() -> UInt16? {
    takeDecimal(upTo: UInt32(UInt16.max)).map { UInt16($0) }
  }

  /// Takes four decimal octets with dots between them.
  mutating func takeIPv4Address() -> IPv4Address? {
    var rawValue: UInt32 = 0
    for index in 0..<4 {
      if index > 0 {
        guard take(".") else { return nil }
      }
      guard let octet = takeDecimal(upTo: 255) else { return nil }
      rawValue = rawValue << 8 | octet
    }
    return IPv4Address(rawValue: rawValue)
  }

  /// Takes an IPv6 address in any of the forms of RFC 4291, section 2.2.
  mutating func takeIPv6Address() -> IPv6Address? {
    var segments = IPv6Segments()
    if take(":") {
      guard take(":") else { return nil }
      segments.openGap()
      guard isAtHexadecimalDigit else { return segments.address }
    }
    while true {
      let start = position
      guard let segment = takeSegment() else { return nil }
      if next == UInt8(ascii: ".") {
        // These digits were the first octet of an IPv4 tail, which ends the address.
        position = start
        guard let tail = takeIPv4Address() else { return nil }
        guard segments.append(UInt16(truncatingIfNeeded: tail.rawValue >> 16)) else { return nil }
        guard segments.append(UInt16(truncatingIfNeeded: tail.rawValue)) else { return nil }
        return segments.address
      }
      guard segments.append(segment) else { return nil }
      guard take(":") else { return segments.address }
      if take(":") {
        guard segments.openGap() else { return nil }
        guard isAtHexadecimalDigit else { return segments.address }
      }
    }
  }

  /// Takes one to four hexadecimal digits; a fifth is left where it is, and fits nowhere.
  private mutating func takeSegment() -> UInt16? {
    let start = position
    var value: UInt16 = 0
    while position - start < 4, let byte = next, let digit = hexadecimalValue(byte) {
      value = value << 4 | UInt16(digit)
      position += 1
    }
    return position > start ? value : nil
  }
}

/// The segments of an IPv6 address as they are read, and the place of its `::`.
private struct IPv6Segments {
  private var segments = InlineArray<8, UInt16>(repeating: 0)
  private var count = 0
  private var gap: Int?

  /// Appends one segment, unless there are eight already.
  mutating func append(_ segment: UInt16) -> Bool {
    guard count < 8 else { return false }
    segments[count] = segment
    count += 1
    return true
  }

  /// Notes that `::` stands here, unless there is one already.
  @discardableResult
  mutating func openGap() -> Bool {
    guard gap == nil else { return false }
    gap = count
    return true
  }

  /// The address, or `nil` if segments are missing, or if `::` stands for none.
  var address: IPv6Address? {
    guard let gap else { return count == 8 ? IPv6Address(segments: segments) : nil }
    guard count < 8 else { return nil }
    var spread = InlineArray<8, UInt16>(repeating: 0)
    for index in 0..<count {
      spread[index < gap ? index : index + 8 - count] = segments[index]
    }
    return IPv6Address(segments: spread)
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
