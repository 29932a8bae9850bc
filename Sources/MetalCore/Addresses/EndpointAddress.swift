/// An address to bind or connect a socket to: ``SocketAddress`` or ``UnixAddress``.
///
/// The sockets are generic over this protocol. A kernel takes and returns every address in its erased form. A program
/// may add a conforming type, because every value of the type also has an erased form.
public protocol EndpointAddress: Sendable, BitwiseCopyable, Hashable {
  /// Whether the type holds Internet addresses instead of Unix-domain addresses.
  static var isInternet: Bool { get }

  /// The address that names no socket.
  ///
  /// A program uses this value until the program knows an address.
  static var unspecified: Self { get }

  /// The family of the sockets that the address belongs to.
  var family: SocketFamily { get }

  /// The address in the form that kernels take and return.
  var erased: AnyEndpointAddress { get }

  /// Makes an address from its erased form, or returns `nil` for an address of the other kind.
  init?(_ erased: AnyEndpointAddress)
}

extension SocketAddress: EndpointAddress {
  /// `true`, because the type holds Internet addresses.
  @inlinable public static var isInternet: Bool { true }

  /// The IPv4 address that names no machine, with port 0.
  @inlinable public static var unspecified: SocketAddress { SocketAddress(IPv4Address.unspecified, port: 0) }

  /// The family of the sockets that the address belongs to.
  @inlinable public var family: SocketFamily { isIPv4 ? .ipv4 : .ipv6 }

  /// The address in the form that kernels take and return.
  @inlinable public var erased: AnyEndpointAddress { .internet(self) }

  /// Makes an address from its erased form, or returns `nil` for a Unix-domain address.
  @inlinable
  public init?(_ erased: AnyEndpointAddress) {
    guard case .internet(let address) = erased else { return nil }
    self = address
  }
}

extension UnixAddress: EndpointAddress {
  /// `false`, because the type holds Unix-domain addresses.
  @inlinable public static var isInternet: Bool { false }

  /// The unnamed address.
  @inlinable public static var unspecified: UnixAddress { .unnamed }

  /// The family of the Unix-domain sockets.
  @inlinable public var family: SocketFamily { .unix }

  /// The address in the form that kernels take and return.
  @inlinable public var erased: AnyEndpointAddress { .unix(self) }

  /// Makes an address from its erased form, or returns `nil` for an IP address.
  @inlinable
  public init?(_ erased: AnyEndpointAddress) {
    guard case .unix(let address) = erased else { return nil }
    self = address
  }
}
