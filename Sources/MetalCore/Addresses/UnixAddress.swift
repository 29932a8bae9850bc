/// The address of a Unix-domain socket: a path name, an abstract name, or none.
///
/// ```swift
/// let address = try UnixAddress(pathname: "/run/chat.sock")
/// ```
///
/// An inline value, without heap. A path name has up to 108 bytes, of which none is zero. An abstract name, which Linux
/// has and which leaves no file behind, has up to 107 bytes of any value. A socket that was never bound is unnamed.
///
/// | System | Bytes of a path name |
/// |---|---|
/// | Linux | up to 108 |
/// | macOS, BSD | up to 104: a call that is given a longer one throws ``IOError/Kind/invalidInput`` |
///
/// A path name of the greatest length has no terminator in the system's structure. Programs in other languages may fail
/// to read such an address: stay one byte below if they have to.
///
/// - Complexity: O(bytes) for every operation; no allocation but for the `String` and array results.
///
/// Source: unix(7), Linux man-pages 6; unix(4), FreeBSD 14.
@frozen
public struct UnixAddress: Sendable, BitwiseCopyable {
  /// The three forms of an address.
  @usableFromInline
  @frozen
  enum Form: UInt8, BitwiseCopyable, Sendable {
    case unnamed
    case pathname
    case abstract
  }

  @usableFromInline
  let form: Form
  @usableFromInline
  let length: UInt8
  @usableFromInline
  let bytes: InlineArray<108, UInt8>

  @usableFromInline
  init(form: Form, _ name: Span<UInt8>) throws(IOError) {
    // An abstract name stands behind a zero byte.
    guard name.count <= (form == .abstract ? 107 : 108) else { throw IOError(.invalidInput) }
    var bytes = InlineArray<108, UInt8>(repeating: 0)
    for index in name.indices {
      if form == .pathname, name[index] == 0 { throw IOError(.invalidInput) }
      bytes[index] = name[index]
    }
    self.form = form
    self.length = UInt8(name.count)
    self.bytes = bytes
  }

  @usableFromInline
  init() {
    form = .unnamed
    length = 0
    bytes = InlineArray(repeating: 0)
  }

  /// The address of a socket that was never bound.
  @inlinable
  public static var unnamed: UnixAddress { UnixAddress() }

  /// Makes the address of a path name in the file system.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` if it is empty, longer than 108 bytes, or contains a zero byte.
  public init(pathname: String) throws(IOError) {
    guard !pathname.isEmpty else { throw IOError(.invalidInput) }
    try self.init(form: .pathname, pathname.utf8.span)
  }

  /// Makes the address of a path name, given as the bytes that the file system knows it by.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` if it is empty, longer than 108 bytes, or contains a zero byte.
  public init(pathname: Span<UInt8>) throws(IOError) {
    guard !pathname.isEmpty else { throw IOError(.invalidInput) }
    try self.init(form: .pathname, pathname)
  }

  /// Makes the address of an abstract name, of bytes of any value, zero included.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` if it is longer than 107 bytes.
  public init(abstractName: Span<UInt8>) throws(IOError) {
    try self.init(form: .abstract, abstractName)
  }

  /// Makes the address of an abstract name.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` if it is longer than 107 bytes.
  public init(abstractName: String) throws(IOError) {
    try self.init(form: .abstract, abstractName.utf8.span)
  }
}

extension UnixAddress {
  /// Whether the socket was never bound.
  @inlinable
  public var isUnnamed: Bool { form == .unnamed }

  /// Whether the address is a path name.
  @inlinable
  public var isPathname: Bool { form == .pathname }

  /// Whether the address is an abstract name.
  @inlinable
  public var isAbstract: Bool { form == .abstract }

  /// The bytes of the path name, without a terminator, or of the abstract name, without the zero before it.
  @inlinable
  public var name: Span<UInt8> {
    @_lifetime(borrow self)
    borrowing get {
      bytes.span.extracting(first: Int(length))
    }
  }

  /// The path name, with malformed UTF-8 repaired; `nil` if the address is not one.
  ///
  /// A path name that is not UTF-8 names another file in this form. Its bytes are in ``name``, from which
  /// ``init(pathname:)-(Span<UInt8>)`` makes the same address again.
  public var pathname: String? {
    isPathname ? String(decoding: nameBytes, as: UTF8.self) : nil
  }

  /// The abstract name; `nil` if the address is not one.
  public var abstractName: [UInt8]? {
    isAbstract ? nameBytes : nil
  }

  private var nameBytes: [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(Int(length))
    for index in 0..<Int(length) { result.append(bytes[index]) }
    return result
  }
}

extension UnixAddress: Hashable {
  /// Returns whether two addresses are of the same form and name.
  public static func == (left: UnixAddress, right: UnixAddress) -> Bool {
    guard left.form == right.form, left.length == right.length else { return false }
    for index in 0..<Int(left.length) where left.bytes[index] != right.bytes[index] { return false }
    return true
  }

  /// Feeds the form and the name to a hasher.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(form)
    for index in 0..<Int(length) { hasher.combine(bytes[index]) }
  }
}
