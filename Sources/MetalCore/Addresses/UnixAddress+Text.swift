extension UnixAddress: LosslessStringConvertible {
  /// Reads the text form: a path name, `@` and an abstract name, or nothing for the unnamed address.
  ///
  /// Bytes that have no place in the text stand as `\x` and two hexadecimal digits, a backslash as `\\`; so does an
  /// `@` at the beginning of a path name.
  ///
  /// Returns `nil` for a malformed escape, or a name that no address can have.
  public init?(_ text: String) {
    var name = InlineArray<108, UInt8>(repeating: 0)
    var count = 0
    var rest = text.utf8[...]
    let isAbstract = rest.first == UInt8(ascii: "@")
    if isAbstract { rest.removeFirst() }
    while let byte = rest.popFirst() {
      guard count < name.count else { return nil }
      if byte == UInt8(ascii: "\\") {
        guard let escaped = Self.takeEscape(&rest) else { return nil }
        name[count] = escaped
      } else {
        name[count] = byte
      }
      count += 1
    }
    if count == 0, !isAbstract {
      self = .unnamed
      return
    }
    do throws(IOError) {
      try self.init(name: name.span.extracting(first: count), isAbstract: isAbstract)
    } catch {
      return nil
    }
  }

  /// The text form, from which the same address can be made again.
  public var description: String {
    guard !isUnnamed else { return "" }
    var text: [UInt8] = isAbstract ? [UInt8(ascii: "@")] : []
    let name = name
    for index in name.indices {
      let byte = name[index]
      let startsLikeAbstract = index == 0 && isPathname && byte == UInt8(ascii: "@")
      switch byte {
      case UInt8(ascii: "\\"):
        text += [byte, byte]
      case 0x20...0x7E where !startsLikeAbstract:
        text.append(byte)
      default:
        text += [UInt8(ascii: "\\"), UInt8(ascii: "x"), Self.digit(byte >> 4), Self.digit(byte & 15)]
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static func takeEscape(_ rest: inout Substring.UTF8View) -> UInt8? {
    switch rest.popFirst() {
    case UInt8(ascii: "\\"):
      return UInt8(ascii: "\\")
    case UInt8(ascii: "x"):
      guard let high = rest.popFirst().flatMap(value), let low = rest.popFirst().flatMap(value) else {
        return nil
      }
      return high << 4 | low
    default:
      return nil
    }
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }
}
