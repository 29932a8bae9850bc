/// Reads addresses from UTF-8 text, one part after the other.
///
/// Each method takes the whole part that the method's name mentions, or returns `nil` or `false`. A method that
/// succeeds moves the position behind the part. After a failure `fault` and `position` describe the error. After a
/// failure the caller stops reading the text. No method traps on any bytes. The parser only compares the bytes with
/// ASCII, so it also refuses text that is not UTF-8.
struct AddressParser: ~Escapable {
  private let text: Span<UInt8>
  private(set) var position = 0
  /// The fault that the last failed method found.
  ///
  /// Before a failure the value has no meaning.
  private(set) var fault = AddressFault.trailingText

  @_lifetime(copy text)
  init(_ text: Span<UInt8>) {
    self.text = text
  }

  /// The next byte to take, or `nil` at the end.
  var next: UInt8? { position < text.count ? text[position] : nil }

  private var isAtHexadecimalDigit: Bool { next.flatMap(hexadecimalValue) != nil }

  /// Records a fault at the present position.
  private mutating func fail<T>(_ fault: AddressFault) -> T? {
    self.fault = fault
    return nil
  }

  /// Records a fault at a position before the present position.
  private mutating func fail<T>(_ fault: AddressFault, at position: Int) -> T? {
    self.position = position
    return fail(fault)
  }

  /// Takes the end of the text.
  mutating func takeEnd() -> Bool {
    guard position != text.count else { return true }
    fault = .trailingText
    return false
  }

  /// Takes the next byte if it equals the given byte.
  ///
  /// If the bytes differ, the method records no fault, because the grammar may allow another byte.
  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: scalar) else { return false }
    position += 1
    return true
  }

  /// Takes the next byte, which must equal the given byte.
  private mutating func take(_ scalar: Unicode.Scalar, orFail fault: AddressFault) -> Bool {
    guard !take(scalar) else { return true }
    self.fault = fault
    return false
  }

  /// Takes a decimal number of at most `limit`, without a sign and without leading zeros.
  ///
  /// The parser refuses a number with a leading zero, because some systems read this number as octal. One text must not
  /// name two addresses.
  private mutating func takeDecimal(upTo limit: UInt32, missing: AddressFault) -> UInt32? {
    let start = position
    var value: UInt64 = 0
    while let byte = next, let digit = decimalValue(byte) {
      // Every digit is checked against both limits, so that endless digits end here instead of overflowing.
      guard position == start || value > 0 else { return fail(.leadingZero, at: start) }
      value = value * 10 + UInt64(digit)
      guard value <= UInt64(limit) else { return fail(missing.ofGreaterNumber, at: start) }
      position += 1
    }
    return position > start ? UInt32(value) : fail(missing)
  }

  /// Takes a colon and a port: a decimal number from 0 to 65535.
  private mutating func takePort() -> UInt16? {
    guard take(":", orFail: .noPort) else { return nil }
    return takeDecimal(upTo: UInt32(UInt16.max), missing: .noPortNumber).map { UInt16($0) }
  }

  /// Takes the number of an interface.
  private mutating func takeScope() -> UInt32? {
    takeDecimal(upTo: .max, missing: .noScopeNumber)
  }

  /// Takes an address and a port: `a.b.c.d:port`, `[v6]:port` or `[v6%scope]:port`.
  mutating func takeSocketAddress() -> SocketAddress? {
    guard take("[") else {
      guard let address = takeIPv4Address(), let port = takePort() else { return nil }
      return SocketAddress(address, port: port)
    }
    guard let address = takeIPv6Address(), let scopeID = take("%") ? takeScope() : 0,
      take("]", orFail: .noBracket), let port = takePort()
    else { return nil }
    return SocketAddress(address, port: port, scopeID: scopeID)
  }

  /// Takes four decimal octets with dots between them.
  mutating func takeIPv4Address() -> IPv4Address? {
    var rawValue: UInt32 = 0
    for index in 0..<4 {
      guard index == 0 || take(".", orFail: .noDot),
        let octet = takeDecimal(upTo: 255, missing: .noOctet)
      else { return nil }
      rawValue = rawValue << 8 | octet
    }
    return IPv4Address(rawValue: rawValue)
  }

  /// Takes an IPv6 address in any form of RFC 4291, section 2.2.
  mutating func takeIPv6Address() -> IPv6Address? {
    var segments = IPv6Segments()
    if take(":") {
      guard take(":", orFail: .noSecondColon), segments.openGap() else { return nil }
      guard isAtHexadecimalDigit else { return finish(segments) }
    }
    while true {
      let start = position
      guard let segment = takeSegment() else { return nil }
      if next == UInt8(ascii: ".") {
        // The digits before the dot are the first octet of an IPv4 tail, which ends the address.
        position = start
        guard let tail = takeIPv4Address() else { return nil }
        guard segments.append(tail.rawValue, count: 2) else { return fail(.tooManySegments, at: start) }
        return finish(segments)
      }
      guard segments.append(segment, count: 1) else { return fail(.tooManySegments, at: start) }
      guard take(":") else { return finish(segments) }
      if take(":") {
        guard segments.openGap() else { return fail(.secondGap, at: position - 2) }
        guard isAtHexadecimalDigit else { return finish(segments) }
      }
    }
  }

  /// Makes the address from the segments that end here.
  private mutating func finish(_ segments: IPv6Segments) -> IPv6Address? {
    segments.address ?? fail(segments.hasGap ? .emptyGap : .tooFewSegments)
  }

  /// Takes one to four hexadecimal digits, and refuses a fifth digit.
  private mutating func takeSegment() -> UInt32? {
    let start = position
    var value: UInt32 = 0
    while let byte = next, let digit = hexadecimalValue(byte) {
      guard position - start < 4 else { return fail(.segmentTooLong, at: start) }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return position > start ? value : fail(.noSegment)
  }
}

/// The segments of an IPv6 address while the parser reads it.
private struct IPv6Segments {
  /// The segments after the `::`, or all segments while there is no `::`, at the low end.
  private var bits: UInt128 = 0
  private var count = 0
  /// The segments before the `::`, at the high end, or `nil` while there is no `::`.
  private var head: UInt128?

  /// Appends one segment, or the two segments of an IPv4 address.
  ///
  /// The method returns whether the address has at most eight segments.
  mutating func append(_ value: UInt32, count added: Int) -> Bool {
    count += added
    bits = bits << (16 * added) | UInt128(value)
    return count <= 8
  }

  /// Records the `::` here, or returns `false` if the address has a `::` already.
  mutating func openGap() -> Bool {
    guard head == nil else { return false }
    head = bits << (128 - 16 * count)
    bits = 0
    return true
  }

  /// Whether the address has a `::`.
  var hasGap: Bool { head != nil }

  /// The address, or `nil` if segments are missing or `::` stands for no segment.
  var address: IPv6Address? {
    guard head == nil ? count == 8 : count < 8 else { return nil }
    let all = (head ?? 0) | bits
    return IPv6Address(high: UInt64(truncatingIfNeeded: all >> 64), low: UInt64(truncatingIfNeeded: all))
  }
}

// MARK: - Faults

/// The faults that a text can have.
///
/// A case whose name begins with "no" stands for a missing part. The text ends where the part should begin, or has
/// other characters in place of the part.
enum AddressFault: UInt8 {
  case noOctet, noDot, noSegment, noSecondColon, noScopeNumber, noBracket, noPort, noPortNumber
  case leadingZero, octetTooLarge, segmentTooLong, scopeTooLarge, portTooLarge
  case tooFewSegments, tooManySegments, emptyGap, secondGap
  case trailingText, missingBrackets, name

  /// The fault for a decimal number that is present, but too large.
  var ofGreaterNumber: AddressFault {
    switch self {
    case .noOctet: .octetTooLarge
    case .noPortNumber: .portTooLarge
    default: .scopeTooLarge
    }
  }
}

extension AddressParser {
  /// Makes the error that describes a failure.
  ///
  /// - Parameters:
  ///   - text: The text that the parser reads, for the error to quote.
  ///   - isSocketAddress: Whether the text should be an address with a port.
  func error(in text: String, isSocketAddress: Bool = false) -> SocketAddress.ParseError {
    var beginning = AddressParser(self.text)
    let beginsWithIPv6Address = beginning.takeIPv6Address() != nil
    if isSocketAddress, beginsWithIPv6Address {
      return SocketAddress.ParseError(text: text, fault: .missingBrackets, position: 0, found: next)
    }
    // A letter at the beginning usually belongs to a name.
    let isName = position == 0 && !beginsWithIPv6Address && (next.map { $0 | 0x20 }.map(isSmallLetter) ?? false)
    return SocketAddress.ParseError(text: text, fault: isName ? .name : fault, position: position, found: next)
  }

  /// The text as a string for an error to quote, with malformed UTF-8 repaired.
  var repairedText: String {
    var bytes: [UInt8] = []
    for index in text.indices { bytes.append(text[index]) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

func isSmallLetter(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "a") < 26 }

private func decimalValue(_ byte: UInt8) -> UInt8? {
  let value = byte &- UInt8(ascii: "0")
  return value < 10 ? value : nil
}

private func hexadecimalValue(_ byte: UInt8) -> UInt8? {
  if let value = decimalValue(byte) { return value }
  // Setting this bit turns ASCII capitals into small letters. No other byte becomes a letter from a to f.
  let value = (byte | 0x20) &- UInt8(ascii: "a")
  return value < 6 ? value + 10 : nil
}
