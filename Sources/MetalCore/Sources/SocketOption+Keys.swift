// The options, grouped by the sockets that have them. Each name has two declarations, because an implicit member must
// be of its own type. One declaration is the key that reads and sets an option. The other declaration is the setting
// for the option list of a new socket.

// MARK: - Every socket

extension SocketOption where Value == Int {
  /// The bytes that the system buffers for sending: 0 to 2,147,483,647.
  ///
  /// Setting any other number throws ``IOError/Kind/invalidInput``. Linux caps the number (`net.core.wmem_max`) and
  /// reserves twice as many bytes.
  ///
  /// Source: `SO_SNDBUF` in socket(7).
  @inlinable public static var sendBufferSize: Self { Self(.sendBufferSize) }

  /// The bytes that the system buffers for receiving: 0 to 2,147,483,647.
  ///
  /// Setting any other number throws ``IOError/Kind/invalidInput``. Linux caps the number (`net.core.rmem_max`) and
  /// reserves twice as many bytes.
  ///
  /// Source: `SO_RCVBUF` in socket(7).
  @inlinable public static var receiveBufferSize: Self { Self(.receiveBufferSize) }
}

extension SocketSetting {
  /// Sets ``SocketOption/sendBufferSize`` to a number of bytes.
  @inlinable public static func sendBufferSize(_ bytes: Int) -> Self { Self(.sendBufferSize, bytes) }

  /// Sets ``SocketOption/receiveBufferSize`` to a number of bytes.
  @inlinable public static func receiveBufferSize(_ bytes: Int) -> Self { Self(.receiveBufferSize, bytes) }
}

// MARK: - Every stream and listener

extension SocketOption where Kind == SocketKind.Stream, Value == Duration? {
  /// The time for which closing waits for unsent data, or `nil` for no wait.
  ///
  /// The default is `nil`. With `nil` closing returns at once, and the system goes on sending. With `.zero` closing
  /// discards unsent data and resets the connection. A longer time makes closing wait, on most systems even for a
  /// non-blocking socket. The library rounds the time up to whole seconds. The longest time is 327 seconds.
  ///
  /// Source: `SO_LINGER` in socket(7).
  @inlinable public static var linger: Self { Self(.linger) }
}

extension SocketSetting where Kind == SocketKind.Stream {
  /// Sets ``SocketOption/linger`` to a time or to `nil`.
  ///
  /// The library rounds the time up to whole seconds.
  @inlinable public static func linger(_ time: Duration?) -> Self { Self(.linger, time) }
}

// MARK: - Every Internet socket

extension SocketOption where Address == SocketAddress, Value == Bool {
  /// Whether the socket may take an address that recently closed connections still occupy.
  ///
  /// The default is `true` for a new `TCPListener` only.
  ///
  /// Source: `SO_REUSEADDR` in socket(7).
  @inlinable public static var reuseAddress: Self { Self(.reuseAddress) }

  /// Whether several sockets may be bound to one address.
  ///
  /// The default is `false`.
  ///
  /// Linux balances the address's traffic between the sockets, but macOS and the BSDs do not balance it. FreeBSD
  /// balances traffic with `SO_REUSEPORT_LB`, which this option does not set.
  ///
  /// Source: `SO_REUSEPORT` in socket(7); setsockopt(2), FreeBSD 14.
  @inlinable public static var reusePort: Self { Self(.reusePort) }

  /// Whether an IPv6 socket carries IPv6 only, and not IPv4 in mapped addresses.
  ///
  /// The system's configuration gives the default. Set the option before binding. An IPv4 socket does not have this
  /// option. If a socket is bound to one IPv6 address, the option is `true` on Linux even if the program set `false`.
  ///
  /// Source: `IPV6_V6ONLY` in ipv6(7).
  @inlinable public static var ipv6Only: Self { Self(.ipv6Only) }
}

extension SocketOption where Address == SocketAddress, Value == Int {
  /// The number of hops that packets may take: 1 to 255.
  ///
  /// On an IPv6 socket that also carries IPv4 in mapped addresses, the limit holds for the packets of both families.
  /// For a socket without a limit of its own, the value is the system's default. On macOS and the BSDs a router may
  /// advertise another limit for IPv6. IPv6 packets then have the router's limit. A listener's limit holds for the
  /// connections that it accepts.
  ///
  /// - Complexity: Two system calls. On Linux, setting the limit of an IPv6 socket takes three: getsockname(2), and
  ///   setsockopt(2) for each of the two protocols.
  ///
  /// Source: `IP_TTL` in ip(7), `IPV6_UNICAST_HOPS` in ipv6(7).
  @inlinable public static var hopLimit: Self { Self(.hopLimit) }
}

extension SocketSetting where Address == SocketAddress {
  /// Sets ``SocketOption/reuseAddress``.
  @inlinable public static func reuseAddress(_ isOn: Bool) -> Self { Self(.reuseAddress, isOn) }

  /// Sets ``SocketOption/reusePort``.
  @inlinable public static func reusePort(_ isOn: Bool) -> Self { Self(.reusePort, isOn) }

  /// Sets ``SocketOption/ipv6Only``.
  @inlinable public static func ipv6Only(_ isOn: Bool) -> Self { Self(.ipv6Only, isOn) }

  /// Sets ``SocketOption/hopLimit`` to a number of hops.
  @inlinable public static func hopLimit(_ hops: Int) -> Self { Self(.hopLimit, hops) }
}

// MARK: - TCP streams and listeners

extension SocketOption where Kind == SocketKind.Stream, Address == SocketAddress, Value == Bool {
  /// Whether the system sends small writes at once instead of gathering them.
  ///
  /// The default is `false`.
  ///
  /// Source: `TCP_NODELAY` in tcp(7).
  @inlinable public static var noDelay: Self { Self(.noDelay) }

  /// Whether the system probes an idle connection.
  ///
  /// The default is `false`.
  ///
  /// Source: `SO_KEEPALIVE` in socket(7).
  @inlinable public static var keepAlive: Self { Self(.keepAlive) }
}

extension SocketOption where Kind == SocketKind.Stream, Address == SocketAddress, Value == Duration {
  /// The time for which a connection must be idle before ``keepAlive`` probes it.
  ///
  /// The time is 1 to 32,767 seconds. The library rounds the time up to whole seconds.
  ///
  /// Source: `TCP_KEEPIDLE` in tcp(7); `TCP_KEEPALIVE`, macOS.
  @inlinable public static var keepAliveIdle: Self { Self(.keepAliveIdle) }

  /// The time between two probes of ``keepAlive``.
  ///
  /// The time is 1 to 32,767 seconds. The library rounds the time up to whole seconds.
  ///
  /// Source: `TCP_KEEPINTVL` in tcp(7).
  @inlinable public static var keepAliveInterval: Self { Self(.keepAliveInterval) }
}

extension SocketOption where Kind == SocketKind.Stream, Address == SocketAddress, Value == Int {
  /// The number of unanswered probes after which the system drops the connection: 1 to 127.
  ///
  /// Source: `TCP_KEEPCNT` in tcp(7).
  @inlinable public static var keepAliveProbes: Self { Self(.keepAliveProbes) }
}

extension SocketSetting where Kind == SocketKind.Stream, Address == SocketAddress {
  /// Sets ``SocketOption/noDelay``.
  @inlinable public static func noDelay(_ isOn: Bool) -> Self { Self(.noDelay, isOn) }

  /// Sets ``SocketOption/keepAlive``.
  @inlinable public static func keepAlive(_ isOn: Bool) -> Self { Self(.keepAlive, isOn) }

  /// Sets ``SocketOption/keepAliveIdle`` to a time.
  ///
  /// The library rounds the time up to whole seconds.
  @inlinable public static func keepAliveIdle(_ time: Duration) -> Self { Self(.keepAliveIdle, time) }

  /// Sets ``SocketOption/keepAliveInterval`` to a time.
  ///
  /// The library rounds the time up to whole seconds.
  @inlinable public static func keepAliveInterval(_ time: Duration) -> Self { Self(.keepAliveInterval, time) }

  /// Sets ``SocketOption/keepAliveProbes`` to a number of probes.
  @inlinable public static func keepAliveProbes(_ count: Int) -> Self { Self(.keepAliveProbes, count) }
}

// MARK: - UDP sockets

extension SocketOption where Kind == SocketKind.Datagram, Address == SocketAddress, Value == Bool {
  /// Whether the socket may send datagrams to broadcast addresses.
  ///
  /// The default is `false`.
  ///
  /// Source: `SO_BROADCAST` in socket(7).
  @inlinable public static var broadcast: Self { Self(.broadcast) }

  /// Whether IPv4 multicast datagrams reach this machine's own members.
  ///
  /// The default is `true`.
  ///
  /// On an IPv6 socket, Linux has the option for datagrams to IPv4 groups in mapped addresses. On macOS and the BSDs,
  /// using the option on an IPv6 socket throws ``IOError/Kind/unsupported``.
  ///
  /// Source: `IP_MULTICAST_LOOP` in ip(7).
  @inlinable public static var multicastLoopbackV4: Self { Self(.multicastLoopbackV4) }

  /// Whether IPv6 multicast datagrams reach this machine's own members.
  ///
  /// The default is `true`.
  ///
  /// Source: `IPV6_MULTICAST_LOOP` in ipv6(7).
  @inlinable public static var multicastLoopbackV6: Self { Self(.multicastLoopbackV6) }
}

extension SocketOption where Kind == SocketKind.Datagram, Address == SocketAddress, Value == Int {
  /// The number of hops that IPv4 multicast datagrams may take: 0 to 255, and 1 by default.
  ///
  /// With 0 the datagrams stay on this machine. On an IPv6 socket, the systems differ in the same way as for
  /// ``multicastLoopbackV4``.
  ///
  /// Source: `IP_MULTICAST_TTL` in ip(7).
  @inlinable public static var multicastHopLimitV4: Self { Self(.multicastHopLimitV4) }

  /// The number of hops that IPv6 multicast datagrams may take: 0 to 255, and 1 by default.
  ///
  /// With 0 the datagrams stay on this machine.
  ///
  /// Source: `IPV6_MULTICAST_HOPS` in ipv6(7).
  @inlinable public static var multicastHopLimitV6: Self { Self(.multicastHopLimitV6) }
}

extension SocketOption where Kind == SocketKind.Datagram, Address == SocketAddress, Value == IPv4Address {
  /// The interface through which IPv4 multicast datagrams leave, by its address.
  ///
  /// With the unspecified address the system chooses the interface. Setting the option throws
  /// ``IOError/Kind/addressNotAvailable`` if no interface has the address. On an IPv6 socket, the systems differ in the
  /// same way as for ``multicastLoopbackV4``.
  ///
  /// Source: `IP_MULTICAST_IF` in ip(7).
  @inlinable public static var multicastInterfaceV4: Self { Self(.multicastInterfaceV4) }
}

extension SocketOption where Kind == SocketKind.Datagram, Address == SocketAddress, Value == UInt32 {
  /// The interface through which IPv6 multicast datagrams leave, by its number.
  ///
  /// With 0 the system chooses the interface. If the interface does not exist, setting the option throws
  /// ``IOError/Kind/other`` ("no such device") or ``IOError/Kind/addressNotAvailable``. If the number needs more than
  /// 31 bits, setting the option throws ``IOError/Kind/invalidInput``.
  ///
  /// Source: `IPV6_MULTICAST_IF` in ipv6(7).
  @inlinable public static var multicastInterfaceV6: Self { Self(.multicastInterfaceV6) }
}

extension SocketSetting where Kind == SocketKind.Datagram, Address == SocketAddress {
  /// Sets ``SocketOption/broadcast``.
  @inlinable public static func broadcast(_ isOn: Bool) -> Self { Self(.broadcast, isOn) }

  /// Sets ``SocketOption/multicastLoopbackV4``.
  @inlinable public static func multicastLoopbackV4(_ isOn: Bool) -> Self { Self(.multicastLoopbackV4, isOn) }

  /// Sets ``SocketOption/multicastHopLimitV4`` to a number of hops.
  @inlinable public static func multicastHopLimitV4(_ hops: Int) -> Self { Self(.multicastHopLimitV4, hops) }

  /// Sets ``SocketOption/multicastInterfaceV4`` to the interface with an address.
  @inlinable
  public static func multicastInterfaceV4(_ address: IPv4Address) -> Self { Self(.multicastInterfaceV4, address) }

  /// Sets ``SocketOption/multicastLoopbackV6``.
  @inlinable public static func multicastLoopbackV6(_ isOn: Bool) -> Self { Self(.multicastLoopbackV6, isOn) }

  /// Sets ``SocketOption/multicastHopLimitV6`` to a number of hops.
  @inlinable public static func multicastHopLimitV6(_ hops: Int) -> Self { Self(.multicastHopLimitV6, hops) }

  /// Sets ``SocketOption/multicastInterfaceV6`` to the interface with a number.
  @inlinable
  public static func multicastInterfaceV6(_ number: UInt32) -> Self { Self(.multicastInterfaceV6, number) }
}
