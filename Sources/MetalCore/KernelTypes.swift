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

/// The socket options whose value is a number or a switch.
@nonexhaustive
public enum SocketOption: Sendable, BitwiseCopyable {
  /// Small writes are sent at once instead of being gathered (`TCP_NODELAY`); a switch.
  case noDelay
  /// Hops a packet may take, 1…255 (`IP_TTL`, or `IPV6_UNICAST_HOPS` by the socket's family).
  case timeToLive
  /// An address that recently closed connections still occupy may be bound (`SO_REUSEADDR`); a switch.
  case reuseAddress
  /// Several sockets may be bound to one address and share its traffic (`SO_REUSEPORT`); a switch.
  case reusePort
  /// The socket carries IPv6 only, not IPv4 in mapped addresses (`IPV6_V6ONLY`); a switch.
  case onlyV6
  /// Bytes that the system buffers for sending (`SO_SNDBUF`).
  case sendBufferSize
  /// Bytes that the system buffers for receiving (`SO_RCVBUF`).
  case receiveBufferSize
  /// An idle connection is probed (`SO_KEEPALIVE`); a switch.
  case keepAlive
  /// Seconds that a connection must be idle before it is probed (`TCP_KEEPIDLE`; macOS `TCP_KEEPALIVE`).
  case keepAliveIdle
  /// Seconds between two probes (`TCP_KEEPINTVL`).
  case keepAliveInterval
  /// Unanswered probes after which the connection is given up (`TCP_KEEPCNT`).
  case keepAliveProbes
  /// Datagrams may be sent to broadcast addresses (`SO_BROADCAST`); a switch.
  case broadcast
  /// IPv4 multicast datagrams are delivered to this machine's members as well (`IP_MULTICAST_LOOP`); a switch.
  case multicastLoopV4
  /// Hops that IPv4 multicast datagrams may take, 0…255 (`IP_MULTICAST_TTL`).
  case multicastTimeToLiveV4
  /// The interface for IPv4 multicast datagrams, by its address as a number in host byte order (`IP_MULTICAST_IF`).
  case multicastInterfaceV4
  /// IPv6 multicast datagrams are delivered to this machine's members as well (`IPV6_MULTICAST_LOOP`); a switch.
  case multicastLoopV6
  /// Hops that IPv6 multicast datagrams may take, 0…255 (`IPV6_MULTICAST_HOPS`).
  case multicastHopsV6
  /// The interface for IPv6 multicast datagrams, by its number; 0 lets the system choose (`IPV6_MULTICAST_IF`).
  case multicastInterfaceV6
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
