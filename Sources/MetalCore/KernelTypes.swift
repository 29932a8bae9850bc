/// The one owner of an open object: dropping it closes the object.
///
/// A conforming type is not generic, so that its `deinit` runs wherever a source is dropped; see `SourceHandle`.
public protocol DescriptorOwner: ~Copyable, Sendable {
  /// The kernel that the object lives in.
  associatedtype K: Kernel

  /// Takes over an open object.
  init(owning descriptor: K.Descriptor, on kernel: K)

  /// The object's name, which stays this value's to close.
  var descriptor: K.Descriptor { get }

  /// The kernel that the object lives in.
  var kernel: K { get }

  /// Gives the object away, to be closed by the caller.
  consuming func release() -> K.Descriptor
}

/// The address family of a socket.
@frozen
public enum SocketFamily: Sendable, BitwiseCopyable {
  /// Internet protocol, version 4.
  case ipv4
  /// Internet protocol, version 6.
  case ipv6
  /// Sockets between processes of one machine.
  case unix
}

extension SocketAddress {
  /// The family of sockets that this address belongs to.
  @inlinable
  public var family: SocketFamily { isIPv4 ? .ipv4 : .ipv6 }
}

/// How a socket carries its bytes.
@frozen
public enum SocketKind: Sendable, BitwiseCopyable {
  /// A connected stream of bytes without boundaries.
  case stream
  /// Messages that keep their boundaries.
  case datagram
}

/// The direction, or both, that a shutdown ends.
@frozen
public enum ShutdownDirection: Sendable, BitwiseCopyable {
  /// Nothing more will be read here.
  case read
  /// Nothing more will be written here: the peer sees the end of the stream.
  case write
  /// Neither direction will be used again.
  case both
}

/// A multicast group, and the interface on which it is joined.
@frozen
public enum MulticastGroup: Hashable, Sendable, BitwiseCopyable {
  /// An IPv4 group, and an interface by its address; ``IPv4Address/any`` lets the system choose.
  case v4(IPv4Address, interface: IPv4Address)
  /// An IPv6 group, and an interface by its number; 0 lets the system choose.
  case v6(IPv6Address, interface: UInt32)

  /// Whether the group's address is a multicast address.
  @inlinable
  public var isMulticast: Bool {
    switch self {
    case .v4(let group, _): group.isMulticast
    case .v6(let group, _): group.isMulticast
    }
  }
}
