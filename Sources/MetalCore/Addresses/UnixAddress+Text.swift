extension UnixAddress: LosslessStringConvertible {
  /// Reads the text form: a path name, `@` and an abstract name, or nothing for the unnamed address.
  ///
  /// A byte that is not printable ASCII stands as `\x` and two hexadecimal digits in small letters, and so does an `@`
  /// at the beginning of a path name. A backslash stands as `\\`. The result is `nil` for a malformed escape, or a name
  /// that no address can have.
  public init?(_ text: String) {
    var name = InlineArray<108, UInt8>(repeating: 0)
    var count = 0
    var rest = text.utf8[...]
    let isAbstract = rest.first == UInt8(ascii: "@")
    if isAbstract { rest.removeFirst() }
    while let byte = rest.popFirst() {
      guard count < name.count else { return nil }
      guard let value = byte == UInt8(ascii: "\\") ? Self.takeEscape(&rest) : byte else { return nil }
      name[count] = value
      count += 1
    }
    if count == 0, !isAbstract {
      self = .unnamed
      return
    }
    try? self.init(name: name.span.extracting(first: count), isAbstract: isAbstract)
  }

  /// The text form, from which the same address can be made again.
  public var description: String {
    var text = isAbstract ? "@" : ""
    let name = name
    for index in name.indices {
      let byte = name[index]
      let startsLikeAbstract = index == 0 && isPathname && byte == UInt8(ascii: "@")
      switch byte {
      case UInt8(ascii: "\\"): text += "\\\\"
      case 0x20...0x7E where !startsLikeAbstract: text.unicodeScalars.append(Unicode.Scalar(byte))
      default: text += (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16)
      }
    }
    return text
  }

  private static func takeEscape(_ rest: inout Substring.UTF8View) -> UInt8? {
    switch rest.popFirst() {
    case UInt8(ascii: "\\"): return UInt8(ascii: "\\")
    case UInt8(ascii: "x"):
      guard let high = rest.popFirst().flatMap(value), let low = rest.popFirst().flatMap(value) else { return nil }
      return high << 4 | low
    default: return nil
    }
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
