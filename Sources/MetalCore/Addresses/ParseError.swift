extension SocketAddress {
  /// The fault in a text that is not an address, and its position.
  ///
  /// `init(parsing:)` of every type of IP address throws this error.
  ///
  /// ```swift
  /// do {
  ///   connect(to: try SocketAddress(parsing: "localhost:80"))
  /// } catch {
  ///   // "localhost:80" is not an address: the letter l at position 0 where a number is expected; …
  ///   print(error)
  /// }
  /// ```
  ///
  /// The error holds the text: it retains a long `String`, and copies a `Substring` or bytes. Making the
  /// ``description`` allocates.
  public struct ParseError: Error, Sendable {
    /// The text that is not an address, with malformed UTF-8 repaired.
    public let text: String

    /// The position of the fault, as an offset from 0 in the text's UTF-8.
    ///
    /// If the text ends too early, the position is the length of the text.
    public let position: Int

    let fault: AddressFault
    let found: UInt8?

    init(text: String, fault: AddressFault, position: Int, found: UInt8?) {
      self.text = text
      self.position = position
      self.fault = fault
      self.found = found
    }

    /// The kinds of fault.
    ///
    /// A later version may add kinds, so a `switch` needs a `default`.
    public struct Kind: Hashable, Sendable, BitwiseCopyable {
      private let number: UInt8

      private init(number: UInt8) { self.number = number }

      /// The text has a wrong character where an address needs another character.
      public static var unexpectedCharacter: Kind { Kind(number: 0) }
      /// The text ends before the address is complete, such as before the port.
      public static var unexpectedEnd: Kind { Kind(number: 1) }
      /// A decimal number has a leading zero.
      ///
      /// Some systems read a number with a leading zero as octal.
      public static var leadingZero: Kind { Kind(number: 2) }
      /// A number is greater than its place allows, or a segment has more than four digits.
      public static var numberTooLarge: Kind { Kind(number: 3) }
      /// An IPv6 address has too few segments, too many segments, or more than one `::`.
      public static var segmentCount: Kind { Kind(number: 4) }
      /// More text follows the end of the address.
      public static var trailingText: Kind { Kind(number: 5) }
      /// A socket address begins with an IPv6 address that is not in brackets.
      public static var missingBrackets: Kind { Kind(number: 6) }
      /// The text begins with a letter, as a name does.
      ///
      /// Resolve the name first.
      public static var name: Kind { Kind(number: 7) }
    }

    /// The kind of fault.
    public var kind: Kind {
      switch fault {
      case .noOctet, .noDot, .noSegment, .noSecondColon, .noScopeNumber, .noBracket, .noPort, .noPortNumber:
        found == nil ? .unexpectedEnd : .unexpectedCharacter
      case .leadingZero: .leadingZero
      case .octetTooLarge, .segmentTooLong, .scopeTooLarge, .portTooLarge: .numberTooLarge
      case .tooFewSegments, .tooManySegments, .emptyGap, .secondGap: .segmentCount
      case .trailingText: .trailingText
      case .missingBrackets: .missingBrackets
      case .name: .name
      }
    }
  }
}

extension SocketAddress.ParseError: CustomStringConvertible {
  /// The text, the fault and the position of the fault, in one sentence.
  ///
  /// The sentence may change between versions. The sentence quotes the first 80 characters of a long text, and escapes
  /// all characters except printable ASCII.
  public var description: String { "\"\(quotedText)\" is not an address: \(reason)" }

  private var reason: String {
    switch fault {
    case .noOctet: unexpected("a number from 0 to 255 is expected")
    case .noDot: unexpected("a dot of the IPv4 address is expected")
    case .noSegment: unexpected("a hexadecimal number of the IPv6 address is expected")
    case .noSecondColon: unexpected("a second colon is expected")
    case .noScopeNumber: unexpected("the number of an interface is expected")
    case .noBracket: unexpected("a closing bracket is expected")
    case .noPort: unexpected("a colon and a port are expected")
    case .noPortNumber: unexpected("a port from 0 to 65535 is expected")
    case .leadingZero: "the number at position \(position) has a leading zero"
    case .octetTooLarge: "the number at position \(position) is greater than 255"
    case .segmentTooLong: "the number at position \(position) has more than four hexadecimal digits"
    case .scopeTooLarge: "the number at position \(position) is greater than 4294967295"
    case .portTooLarge: "the port at position \(position) is greater than 65535"
    case .tooFewSegments: "the IPv6 address that ends at position \(position) has fewer than eight segments and no ::"
    case .tooManySegments: "the segment at position \(position) exceeds the eight segments of an IPv6 address"
    case .emptyGap: "the IPv6 address that ends at position \(position) has eight segments, and :: stands for none"
    case .secondGap: "the IPv6 address has a second :: at position \(position)"
    case .trailingText: "\(foundWords) at position \(position) follows the end of the address"
    case .missingBrackets: "an IPv6 address with a port is written as [address]:port"
    case .name: unexpected("a number is expected; a name has to be resolved first")
    }
  }

  private func unexpected(_ expectation: String) -> String {
    guard found != nil else { return "the text ends at position \(position) where \(expectation)" }
    return "\(foundWords) at position \(position) where \(expectation)"
  }

  /// The byte at the position, in words.
  private var foundWords: String {
    guard let found else { return "the end" }
    let character = String(Unicode.Scalar(found))
    switch found {
    case UInt8(ascii: ":"): return "a colon"
    case UInt8(ascii: "."): return "a dot"
    case UInt8(ascii: " "): return "a space"
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return "the digit \(character)"
    case 0x21...0x7E: return isSmallLetter(found | 0x20) ? "the letter \(character)" : "the character \(character)"
    default: return (found < 16 ? "the byte 0x0" : "the byte 0x") + String(found, radix: 16)
    }
  }

  private var quotedText: String {
    var quoted = ""
    var count = 0
    for scalar in text.unicodeScalars {
      guard count < 80 else { return quoted + "…" }
      count += 1
      switch scalar.value {
      case 0x22, 0x5C: quoted += "\\" + String(scalar)
      case 0x20...0x7E: quoted.unicodeScalars.append(scalar)
      default: quoted += "\\u{" + String(scalar.value, radix: 16) + "}"
      }
    }
    return quoted
  }
}
