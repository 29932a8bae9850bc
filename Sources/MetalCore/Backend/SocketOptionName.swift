/// The socket options as kernels know them: the value of each is a number, and a switch is 0 or 1.
///
/// A kernel refuses a value out of the documented range as ``IOError/Kind/invalidInput``, on every system. Programs use
/// the keys of ``SocketOption``.
@nonexhaustive
public enum SocketOptionName: UInt8, Sendable, BitwiseCopyable {
  /// Small writes are sent at once instead of being gathered (`TCP_NODELAY`); a switch.
  case noDelay
  /// Hops a packet may take, 1…255 (`IP_TTL`, or `IPV6_UNICAST_HOPS` by the socket's family).
  ///
  /// On an IPv6 socket that also carries IPv4 it concerns the packets of both.
  case hopLimit
  /// An address that recently closed connections still occupy may be bound (`SO_REUSEADDR`); a switch.
  case reuseAddress
  /// Several sockets may be bound to one address (`SO_REUSEPORT`), and on Linux share its traffic; a switch.
  case reusePort
  /// The socket carries IPv6 only, not IPv4 in mapped addresses (`IPV6_V6ONLY`); a switch.
  case ipv6Only
  /// Bytes that the system buffers for sending, 0…2,147,483,647 (`SO_SNDBUF`).
  case sendBufferSize
  /// Bytes that the system buffers for receiving, 0…2,147,483,647 (`SO_RCVBUF`).
  case receiveBufferSize
  /// An idle connection is probed (`SO_KEEPALIVE`); a switch.
  case keepAlive
  /// Seconds that a connection must be idle before it is probed, 1…32,767 (`TCP_KEEPIDLE`; macOS `TCP_KEEPALIVE`).
  case keepAliveIdle
  /// Seconds between two probes, 1…32,767 (`TCP_KEEPINTVL`).
  case keepAliveInterval
  /// Unanswered probes after which the connection is given up, 1…127 (`TCP_KEEPCNT`).
  case keepAliveProbes
  /// Seconds that closing waits for unsent data, 0…327, or -1 if the system sends it in the background (`SO_LINGER`).
  case linger
  /// Datagrams may be sent to broadcast addresses (`SO_BROADCAST`); a switch.
  case broadcast
  /// IPv4 multicast datagrams are delivered to this machine's members as well (`IP_MULTICAST_LOOP`); a switch.
  case multicastLoopbackV4
  /// Hops that IPv4 multicast datagrams may take, 0…255 (`IP_MULTICAST_TTL`).
  case multicastHopLimitV4
  /// The interface for IPv4 multicast datagrams, by its address as a number in host byte order (`IP_MULTICAST_IF`).
  ///
  /// Any 32-bit number; where `Int` has 32 bits it may be negative.
  case multicastInterfaceV4
  /// IPv6 multicast datagrams are delivered to this machine's members as well (`IPV6_MULTICAST_LOOP`); a switch.
  case multicastLoopbackV6
  /// Hops that IPv6 multicast datagrams may take, 0…255 (`IPV6_MULTICAST_HOPS`).
  case multicastHopLimitV6
  /// The interface for IPv6 multicast datagrams, by its number, 0…2,147,483,647 (`IPV6_MULTICAST_IF`).
  ///
  /// 0 lets the system choose.
  case multicastInterfaceV6

  /// The values that the option may be given, the same on every system: a kernel refuses all others as
  /// ``IOError/Kind/invalidInput``.
  ///
  /// Systems differ beyond these: FreeBSD takes any number of probes, and -1 hops stand for the system's default.
  @usableFromInline
  package var legalValues: ClosedRange<Int> {
    switch self {
    case .noDelay, .reuseAddress, .reusePort, .ipv6Only, .keepAlive, .broadcast: 0...1
    case .multicastLoopbackV4, .multicastLoopbackV6: 0...1
    case .hopLimit: 1...255
    case .multicastHopLimitV4, .multicastHopLimitV6: 0...255
    case .keepAliveIdle, .keepAliveInterval: 1...32_767
    case .keepAliveProbes: 1...127
    // macOS keeps hundredths of a second in a signed number of 16 bits, FreeBSD 13 seconds: `sosetoptlock` in
    // bsd/kern/uipc_socket.c, xnu; `sosetopt` in sys/kern/uipc_socket.c, FreeBSD 13.
    case .linger: -1...327
    case .sendBufferSize, .receiveBufferSize, .multicastInterfaceV6: 0...Int(Int32.max)
    // An address of 32 bits, which may be negative where that is all an `Int` has.
    case .multicastInterfaceV4: Int.min...Int.max
    }
  }

  /// Whether sockets of a family and kind have the option: a kernel refuses it as ``IOError/Kind/unsupported`` if not.
  ///
  /// Linux has some more: those of IPv4 multicast on an IPv6 socket, and the multicast loop on a stream.
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
