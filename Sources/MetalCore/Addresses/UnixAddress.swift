/// The address of a Unix-domain socket: a path name, an abstract name, or no name.
///
/// ```swift
/// let address = try UnixAddress(pathname: "/run/chat.sock")
/// ```
///
/// The value is inline and uses no heap memory.
///
/// | Form | Bytes |
/// |---|---|
/// | path name | up to 108 bytes, of which none is zero |
/// | abstract name, on Linux | up to 107 bytes of any value; an abstract name makes no file |
/// | unnamed, for a socket that was never bound | none |
///
/// | System | Bytes of a path name |
/// |---|---|
/// | Linux | up to 108 |
/// | macOS, BSD | up to 104; a call with a longer one throws ``IOError/Kind/invalidInput`` |
///
/// A path name of the greatest length has no terminator in the system's structure. Some programs in other languages
/// fail to read a name without a terminator. If one of these programs has to read the address, keep the name one byte
/// shorter.
///
/// - Complexity: Every operation is O(bytes). Only the `String` and array results allocate.
///
/// Source: unix(7), Linux man-pages 6; unix(4), FreeBSD 14.
@frozen
public struct UnixAddress: Sendable, BitwiseCopyable {
  // The bytes are in the kernel's form, so that receiving an address is a copy. Each property computes its own answer.
  // The unnamed address has no bytes. An abstract name begins with a zero byte. A path name may have a terminator.
  @usableFromInline package let kernelBytes: InlineArray<108, UInt8>
  @usableFromInline let length: UInt8

  /// Makes an address from the first `length` of a kernel's bytes.
  @inlinable
  package init(kernelBytes bytes: InlineArray<108, UInt8>, length: Int) {
    kernelBytes = bytes
    self.length = UInt8(truncatingIfNeeded: length)
  }

  init(name: Span<UInt8>, isAbstract: Bool) throws(IOError) {
    let start = isAbstract ? 1 : 0
    guard start + name.count <= 108 else { throw IOError(.invalidInput) }
    var bytes = InlineArray<108, UInt8>(repeating: 0)
    for index in name.indices {
      if !isAbstract, name[index] == 0 { throw IOError(.invalidInput) }
      bytes[start + index] = name[index]
    }
    self.init(kernelBytes: bytes, length: start + name.count)
  }

  /// The address of a socket that was never bound.
  @inlinable
  public static var unnamed: UnixAddress { UnixAddress(kernelBytes: InlineArray(repeating: 0), length: 0) }

  /// Makes the address of a path name in the file system.
  ///
  /// - Parameter pathname: The path name, whose UTF-8 names the file.
  /// - Throws: ``IOError/Kind/invalidInput`` if the name is empty, is longer than 108 bytes, or contains a zero byte.
  public init(pathname: String) throws(IOError) { try self.init(pathname: pathname.utf8.span) }

  /// Makes the address of a path name from the bytes that name the file in the file system.
  ///
  /// - Parameter pathname: The bytes of the path name, without a terminator.
  /// - Throws: ``IOError/Kind/invalidInput`` if the name is empty, is longer than 108 bytes, or contains a zero byte.
  public init(pathname: Span<UInt8>) throws(IOError) {
    guard !pathname.isEmpty else { throw IOError(.invalidInput) }
    try self.init(name: pathname, isAbstract: false)
  }

  /// Makes the address of an abstract name from bytes.
  ///
  /// - Parameter abstractName: Bytes of any value, zero included, without the zero byte that the system puts before the
  ///   name.
  /// - Throws: ``IOError/Kind/invalidInput`` if the name is longer than 107 bytes.
  public init(abstractName: Span<UInt8>) throws(IOError) { try self.init(name: abstractName, isAbstract: true) }

  /// Makes the address of an abstract name.
  ///
  /// - Parameter abstractName: The name, whose UTF-8 makes the bytes of the address.
  /// - Throws: ``IOError/Kind/invalidInput`` if the name is longer than 107 bytes.
  public init(abstractName: String) throws(IOError) { try self.init(abstractName: abstractName.utf8.span) }
}

extension UnixAddress {
  /// Whether the address is the address of a socket that was never bound.
  @inlinable public var isUnnamed: Bool { length == 0 }

  /// Whether the address is a path name.
  @inlinable public var isPathname: Bool { length != 0 && kernelBytes[0] != 0 }

  /// Whether the address is an abstract name.
  @inlinable public var isAbstract: Bool { length != 0 && kernelBytes[0] == 0 }

  /// The place of the name in the bytes, without the zero before an abstract name and without a terminator.
  private var nameRange: Range<Int> {
    if isAbstract { return 1..<Int(length) }
    var end = 0
    while end < Int(length), kernelBytes[end] != 0 { end += 1 }
    return 0..<end
  }

  /// The bytes of the path name, without a terminator, or of the abstract name, without the zero before it.
  public var name: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get { kernelBytes.span.extracting(nameRange) }
  }

  /// The path name, with malformed UTF-8 repaired, or `nil` if the address is no path name.
  ///
  /// If a path name is not UTF-8, its repaired form names another file. ``name`` has the original bytes.
  /// ``init(pathname:)-(Span<UInt8>)`` makes the same address from the original bytes.
  public var pathname: String? {
    isPathname ? String(decoding: nameRange.map { kernelBytes[$0] }, as: UTF8.self) : nil
  }

  /// The bytes of the abstract name, or `nil` if the address is no abstract name.
  public var abstractName: [UInt8]? { isAbstract ? nameRange.map { kernelBytes[$0] } : nil }
}

extension UnixAddress: Hashable {
  /// Returns whether two addresses have the same form and the same name.
  public static func == (left: UnixAddress, right: UnixAddress) -> Bool {
    let range = left.nameRange
    guard left.isAbstract == right.isAbstract, range == right.nameRange else { return false }
    return range.allSatisfy { left.kernelBytes[$0] == right.kernelBytes[$0] }
  }

  /// Feeds the form and the name to a hasher.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(isAbstract)
    for index in nameRange { hasher.combine(kernelBytes[index]) }
  }
}

// MARK: - Text

extension UnixAddress: LosslessStringConvertible {
  /// Reads the text form of an address.
  ///
  /// The text is a path name, `@` and an abstract name, or empty for the unnamed address. `\x` and two hexadecimal
  /// digits in small letters stand for a byte that is not printable ASCII. An `@` at the beginning of a path name has
  /// the same form. `\\` stands for a backslash.
  ///
  /// - Parameter text: The text to read. The result is `nil` for a malformed escape, or a name that no address can
  ///   have.
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

  /// The text form, from which ``init(_:)-(String)`` makes the same address again.
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
