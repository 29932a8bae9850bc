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
    guard let address = parser.takeIPv6Address(), parser.isAtEnd else { return nil }
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
