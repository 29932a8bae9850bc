/// Names a socket option for a kernel.
///
/// The value of each option is a number. The number of a switch is 0 or 1. On every system a kernel refuses a value
/// outside the documented range with ``IOError/Kind/invalidInput``. Programs use the keys of ``SocketOption`` instead.
@nonexhaustive
public enum SocketOptionName: UInt8, Sendable, BitwiseCopyable {
  /// Whether the system sends small writes at once instead of gathering them (`TCP_NODELAY`), 0 or 1.
  case noDelay
  /// The hops that a packet may take, 1…255 (`IP_TTL` or `IPV6_UNICAST_HOPS`, by the socket's family).
  ///
  /// On an IPv6 socket that also carries IPv4, the option holds for the packets of both families.
  case hopLimit
  /// Whether the socket may take an address that recently closed connections still occupy (`SO_REUSEADDR`), 0 or 1.
  case reuseAddress
  /// Whether several sockets may be bound to one address (`SO_REUSEPORT`), 0 or 1.
  ///
  /// On Linux the sockets of one address share the traffic of the address.
  case reusePort
  /// Whether the socket carries IPv6 only, and not IPv4 in mapped addresses (`IPV6_V6ONLY`), 0 or 1.
  case ipv6Only
  /// The bytes that the system buffers for sending, 0…2,147,483,647 (`SO_SNDBUF`).
  case sendBufferSize
  /// The bytes that the system buffers for receiving, 0…2,147,483,647 (`SO_RCVBUF`).
  case receiveBufferSize
  /// Whether the system probes an idle connection (`SO_KEEPALIVE`), 0 or 1.
  case keepAlive
  /// The seconds for which a connection must be idle before the system probes it, 1…32,767.
  ///
  /// The option is `TCP_KEEPIDLE`, and on macOS `TCP_KEEPALIVE`.
  case keepAliveIdle
  /// The seconds between two probes, 1…32,767 (`TCP_KEEPINTVL`).
  case keepAliveInterval
  /// The number of unanswered probes after which the system drops the connection, 1…127 (`TCP_KEEPCNT`).
  case keepAliveProbes
  /// The seconds for which closing waits for unsent data, 0…327, or -1 (`SO_LINGER`).
  ///
  /// With -1 the close does not wait, and the system sends the data in the background.
  case linger
  /// Whether the socket may send datagrams to broadcast addresses (`SO_BROADCAST`), 0 or 1.
  case broadcast
  /// Whether IPv4 multicast datagrams also reach this machine's own members (`IP_MULTICAST_LOOP`), 0 or 1.
  case multicastLoopbackV4
  /// The hops that IPv4 multicast datagrams may take, 0…255 (`IP_MULTICAST_TTL`).
  case multicastHopLimitV4
  /// The interface for IPv4 multicast datagrams (`IP_MULTICAST_IF`).
  ///
  /// The value is the interface's IPv4 address as a number of 32 bits in host byte order. If `Int` has 32 bits, the
  /// number may be negative.
  case multicastInterfaceV4
  /// Whether IPv6 multicast datagrams also reach this machine's own members (`IPV6_MULTICAST_LOOP`), 0 or 1.
  case multicastLoopbackV6
  /// The hops that IPv6 multicast datagrams may take, 0…255 (`IPV6_MULTICAST_HOPS`).
  case multicastHopLimitV6
  /// The interface for IPv6 multicast datagrams, by its number, 0…2,147,483,647 (`IPV6_MULTICAST_IF`).
  ///
  /// With 0 the system chooses the interface.
  case multicastInterfaceV6

  /// The legal values of the option, which are the same on every system.
  ///
  /// A kernel refuses every other value with ``IOError/Kind/invalidInput``. The systems themselves differ for other
  /// values: FreeBSD takes any number of probes, and -1 hops stand for the system's default.
  @usableFromInline
  package var legalValues: ClosedRange<Int> {
    switch self {
    case .noDelay, .reuseAddress, .reusePort, .ipv6Only, .keepAlive, .broadcast: 0...1
    case .multicastLoopbackV4, .multicastLoopbackV6: 0...1
    case .hopLimit: 1...255
    case .multicastHopLimitV4, .multicastHopLimitV6: 0...255
    case .keepAliveIdle, .keepAliveInterval: 1...32_767
    case .keepAliveProbes: 1...127
    // macOS keeps hundredths of a second in a signed number of 16 bits, and FreeBSD 13 keeps seconds. See
    // `sosetoptlock` in bsd/kern/uipc_socket.c, xnu, and `sosetopt` in sys/kern/uipc_socket.c, FreeBSD 13.
    case .linger: -1...327
    case .sendBufferSize, .receiveBufferSize, .multicastInterfaceV6: 0...Int(Int32.max)
    // An address has 32 bits. If an `Int` has 32 bits as well, the number may be negative.
    case .multicastInterfaceV4: Int.min...Int.max
    }
  }

  /// Returns whether sockets of a family and kind have the option.
  ///
  /// If the sockets do not have the option, a kernel refuses the option with ``IOError/Kind/unsupported``. On Linux
  /// sockets have two more options: IPv4 multicast on an IPv6 socket, and the multicast loop on a stream.
  package func exists(on family: SocketFamily, _ kind: SocketKind) -> Bool {
    switch self {
    case .reuseAddress, .reusePort, .sendBufferSize, .receiveBufferSize, .keepAlive, .broadcast, .linger: true
    case .noDelay, .keepAliveIdle, .keepAliveInterval, .keepAliveProbes: family != .unix && kind == .stream
    case .hopLimit: family != .unix
    case .ipv6Only: family == .ipv6
    case .multicastLoopbackV4, .multicastHopLimitV4, .multicastInterfaceV4: family == .ipv4 && kind == .datagram
    case .multicastLoopbackV6, .multicastHopLimitV6, .multicastInterfaceV6: family == .ipv6 && kind == .datagram
    }
  }
}
