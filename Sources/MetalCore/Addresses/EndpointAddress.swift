/// An address that sockets are bound and connected to: ``SocketAddress`` or ``UnixAddress``.
///
/// The sockets are generic over it, and a kernel takes and returns every address in its erased form. So a conformance
/// in a program does no harm: its values are one of the two forms as well.
public protocol EndpointAddress: Sendable, BitwiseCopyable, Hashable {
  /// Whether the addresses are Internet addresses, and not those of Unix-domain sockets.
  static var isInternet: Bool { get }

  /// The address that names nothing, which a program uses until it knows another.
  static var unspecified: Self { get }

  /// The family of sockets that the address belongs to.
  var family: SocketFamily { get }

  /// The address in the form that kernels take and return.
  var erased: AnyEndpointAddress { get }

  /// Makes the address of its erased form; `nil` for one of the other kind.
  init?(_ erased: AnyEndpointAddress)
}

extension SocketAddress: EndpointAddress {
  /// `true`.
  @inlinable public static var isInternet: Bool { true }

  /// The IPv4 address that names no machine, with port 0.
  @inlinable public static var unspecified: SocketAddress { SocketAddress(IPv4Address.unspecified, port: 0) }

  /// The family of sockets that this address belongs to.
  @inlinable public var family: SocketFamily { isIPv4 ? .ipv4 : .ipv6 }

  /// The address in the form that kernels take and return.
  @inlinable public var erased: AnyEndpointAddress { .internet(self) }

  /// Makes the address of its erased form; `nil` for that of a Unix-domain socket.
  @inlinable
  public init?(_ erased: AnyEndpointAddress) {
    guard case .internet(let address) = erased else { return nil }
    self = address
  }
}

extension UnixAddress: EndpointAddress {
  /// `false`.
  @inlinable public static var isInternet: Bool { false }

  /// The unnamed address.
  @inlinable public static var unspecified: UnixAddress { .unnamed }

  /// Sockets between processes of one machine.
  @inlinable public var family: SocketFamily { .unix }

  /// The address in the form that kernels take and return.
  @inlinable public var erased: AnyEndpointAddress { .unix(self) }

  /// Makes the address of its erased form; `nil` for an IP address.
  @inlinable
  public init?(_ erased: AnyEndpointAddress) {
    guard case .unix(let address) = erased else { return nil }
    self = address
  }
}
