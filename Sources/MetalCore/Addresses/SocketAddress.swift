/// An IP address with a port: the local address of a socket, or the address of its peer.
///
/// ```swift
/// let here = SocketAddress(IPv4Address.loopback, port: 8080)
/// let there = SocketAddress("[2001:db8::1]:443")
/// ```
///
/// The text forms are `192.0.2.1:80`, `[2001:db8::1]:80` and, with a scope, `[fe80::1%2]:80`. The port is required. A
/// port is a decimal number from 0 to 65535 without leading zeros. ``description`` has the same form. Reading the
/// description gives the same address, except for the flow label. The description has no `flowInfo`, which is 0 after
/// reading.
///
/// For text that is not an address, `SocketAddress(text)` is `nil`. `try SocketAddress(parsing: text)` throws a
/// ``ParseError`` that describes the fault and gives its position. No initializer resolves names.
///
/// - Complexity: Every member is O(1). Reading stops at the first wrong byte. Only ``description`` and a ``ParseError``
///   allocate.
@frozen
public enum SocketAddress: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// An IPv4 address and a port.
  case v4(IPv4Address, port: UInt16)

  /// An IPv6 address and a port, with a flow label and a scope.
  ///
  /// The scope is the number of an interface. A flow label of 0 means no flow label, and a scope of 0 means no scope.
  case v6(IPv6Address, port: UInt16, flowInfo: UInt32, scopeID: UInt32)

  /// Creates a socket address from an IPv4 address and a port.
  ///
  /// - Parameters:
  ///   - address: The address.
  ///   - port: The port, in host byte order. With 0 the system chooses a port when it binds a socket.
  @inlinable public init(_ address: IPv4Address, port: UInt16) { self = .v4(address, port: port) }

  /// Creates a socket address from an IPv6 address and a port.
  ///
  /// - Parameters:
  ///   - address: The address.
  ///   - port: The port, in host byte order. With 0 the system chooses a port when it binds a socket.
  ///   - flowInfo: The traffic class and the flow label, in host byte order. The default is 0.
  ///   - scopeID: The number of the interface that leads to a link-local address, or 0 for no interface.
  @inlinable
  public init(_ address: IPv6Address, port: UInt16, flowInfo: UInt32 = 0, scopeID: UInt32 = 0) {
    self = .v6(address, port: port, flowInfo: flowInfo, scopeID: scopeID)
  }
}

extension SocketAddress {
  /// The port, in host byte order.
  @inlinable
  public var port: UInt16 {
    get {
      switch self {
      case .v4(_, let port): port
      case .v6(_, let port, _, _): port
      }
    }
    set {
      switch self {
      case .v4(let address, _): self = .v4(address, port: newValue)
      case .v6(let address, _, let flowInfo, let scopeID):
        self = .v6(address, port: newValue, flowInfo: flowInfo, scopeID: scopeID)
      }
    }
  }

  /// Whether the address is an IPv4 address.
  @inlinable public var isIPv4: Bool { if case .v4 = self { true } else { false } }

  /// Whether the address is an IPv6 address, IPv4-mapped or not.
  @inlinable public var isIPv6: Bool { !isIPv4 }

  /// Whether packets to the address, of either family, never leave the machine.
  @inlinable
  public var isLoopback: Bool {
    switch self {
    case .v4(let address, _): address.isLoopback
    case .v6(let address, _, _, _): address.isLoopback
    }
  }

  /// Whether the address, of either family, is the unspecified address.
  ///
  /// The port does not matter.
  @inlinable
  public var isUnspecified: Bool {
    switch self {
    case .v4(let address, _): address.isUnspecified
    case .v6(let address, _, _, _): address.isUnspecified
    }
  }

  /// Whether the address, of either family, is a multicast group.
  @inlinable
  public var isMulticast: Bool {
    switch self {
    case .v4(let address, _): address.isMulticast
    case .v6(let address, _, _, _): address.isMulticast
    }
  }
}

extension SocketAddress: LosslessStringConvertible {
  /// Reads an address such as `192.0.2.1:80` or `[fe80::1%2]:80`, or returns `nil` for any other text.
  ///
  /// The scope is a number. The initializer refuses the name of an interface (`%eth0`), because only the system knows
  /// the number of the interface.
  public init?(_ text: String) { self.init(utf8: text.utf8.span) }

  /// Reads an address such as `192.0.2.1:80` from a part of a string, or returns `nil` for any other text.
  public init?(_ text: Substring) { self.init(utf8: text.utf8.span) }

  /// Reads an address such as `192.0.2.1:80` from UTF-8, or returns `nil` for any other bytes.
  ///
  /// The bytes need not be valid UTF-8.
  public init?(utf8 text: Span<UInt8>) {
    var parser = AddressParser(text)
    guard let address = parser.takeSocketAddress(), parser.takeEnd() else { return nil }
    self = address
  }

  /// Reads an address such as `192.0.2.1:80`, or throws an error that describes the fault in the text.
  ///
  /// - Throws: ``SocketAddress/ParseError`` if ``init(_:)-(String)`` would return `nil`. The error describes the fault
  ///   and gives its position.
  public init(parsing text: String) throws(ParseError) {
    var parser = AddressParser(text.utf8.span)
    guard let address = parser.takeSocketAddress(), parser.takeEnd() else {
      throw parser.error(in: text, isSocketAddress: true)
    }
    self = address
  }

  /// Reads an address such as `192.0.2.1:80` from a part of a string, or throws an error that describes the fault.
  ///
  /// - Throws: ``SocketAddress/ParseError`` if ``init(_:)-(Substring)`` would return `nil`. The error describes the
  ///   fault and gives its position.
  public init(parsing text: Substring) throws(ParseError) { try self.init(parsingUTF8: text.utf8.span) }

  /// Reads an address such as `192.0.2.1:80` from UTF-8, or throws an error that describes the fault in the bytes.
  ///
  /// - Throws: ``SocketAddress/ParseError`` if ``init(utf8:)`` would return `nil`. The error describes the fault and
  ///   gives its position.
  public init(parsingUTF8 text: Span<UInt8>) throws(ParseError) {
    var parser = AddressParser(text)
    guard let address = parser.takeSocketAddress(), parser.takeEnd() else {
      throw parser.error(in: parser.repairedText, isSocketAddress: true)
    }
    self = address
  }

  /// The canonical form of the address, a colon and the port.
  ///
  /// An IPv6 address is in brackets, together with its scope if the scope is not 0.
  public var description: String {
    switch self {
    case .v4(let address, let port): "\(address.description):\(port)"
    case .v6(let address, let port, _, scopeID: 0): "[\(address.description)]:\(port)"
    case .v6(let address, let port, _, let scopeID): "[\(address.description)%\(scopeID)]:\(port)"
    }
  }
}
