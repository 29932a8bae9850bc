// The options by the sockets that have them. Each name stands twice, as the key that reads and sets, and as the setting
// in the list of a new socket, since an implicit member must be of its own type.

// MARK: - Every socket

extension SocketOption where Value == Int {
  /// The bytes that the system buffers for sending: 0 to 2,147,483,647.
  ///
  /// Setting any other number throws ``IOError/Kind/invalidInput``. Linux caps the number (`net.core.wmem_max`) and
  /// reserves twice as much.
  ///
  /// Source: `SO_SNDBUF` in socket(7).
  @inlinable public static var sendBufferSize: Self { Self(.sendBufferSize) }

  /// The bytes that the system buffers for receiving: 0 to 2,147,483,647.
  ///
  /// Setting any other number throws ``IOError/Kind/invalidInput``. Linux caps the number (`net.core.rmem_max`) and
  /// reserves twice as much.
  ///
  /// Source: `SO_RCVBUF` in socket(7).
  @inlinable public static var receiveBufferSize: Self { Self(.receiveBufferSize) }
}

extension SocketSetting {
  /// Sets ``SocketOption/sendBufferSize``.
  @inlinable public static func sendBufferSize(_ bytes: Int) -> Self { Self(.sendBufferSize, bytes) }

  /// Sets ``SocketOption/receiveBufferSize``.
  @inlinable public static func receiveBufferSize(_ bytes: Int) -> Self { Self(.receiveBufferSize, bytes) }
}

// MARK: - Every stream and listener

extension SocketOption where Kind == SocketKind.Stream, Value == Duration? {
  /// How long closing waits for unsent data; `nil`, as every connection begins, does not wait.
  ///
  /// With `nil` closing returns at once and the system goes on sending. `.zero` throws unsent data away and resets the
  /// connection on closing. A longer time, rounded up to whole seconds, at most 327, makes closing wait, on most
  /// systems even for a non-blocking socket.
  ///
  /// Source: `SO_LINGER` in socket(7).
  @inlinable public static var linger: Self { Self(.linger) }
}

extension SocketSetting where Kind == SocketKind.Stream {
  /// Sets ``SocketOption/linger``.
  @inlinable public static func linger(_ time: Duration?) -> Self { Self(.linger, time) }
}

// MARK: - Every Internet socket

extension SocketOption where Address == SocketAddress, Value == Bool {
  /// Whether an address that recently closed connections still occupy may be bound; `true` for a new `TCPListener`
  /// only.
  ///
  /// Source: `SO_REUSEADDR` in socket(7).
  @inlinable public static var reuseAddress: Self { Self(.reuseAddress) }

  /// Whether several sockets may be bound to one address; `false` to begin with.
  ///
  /// Linux balances the address's traffic between the sockets. macOS and the BSDs do not: FreeBSD balances with
  /// `SO_REUSEPORT_LB`, which this option does not set.
  ///
  /// Source: `SO_REUSEPORT` in socket(7); setsockopt(2), FreeBSD 14.
  @inlinable public static var reusePort: Self { Self(.reusePort) }

  /// Whether an IPv6 socket carries IPv6 only, and not IPv4 in mapped addresses.
  ///
  /// As the system is configured to begin with. It is set before binding, and does not exist on an IPv4 socket. Linux
  /// reads `true` for a socket that is bound to one IPv6 address, whatever was set.
  ///
  /// Source: `IPV6_V6ONLY` in ipv6(7).
  @inlinable public static var ipv6Only: Self { Self(.ipv6Only) }
}

extension SocketOption where Address == SocketAddress, Value == Int {
  /// The number of hops that packets may take: 1 to 255.
  ///
  /// On an IPv6 socket that also carries IPv4 in mapped addresses the limit holds for the packets of both. A socket
  /// without a limit of its own reads the system's default. On macOS and the BSDs a router may have advertised another
  /// limit for IPv6, with which packets go out. The limit of a listener holds for the connections that it accepts.
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

  /// Sets ``SocketOption/hopLimit``.
  @inlinable public static func hopLimit(_ hops: Int) -> Self { Self(.hopLimit, hops) }
}

// MARK: - TCP streams and listeners

extension SocketOption where Kind == SocketKind.Stream, Address == SocketAddress, Value == Bool {
  /// Whether small writes are sent at once instead of being gathered; `false` to begin with.
  ///
  /// Source: `TCP_NODELAY` in tcp(7).
  @inlinable public static var noDelay: Self { Self(.noDelay) }

  /// Whether an idle connection is probed; `false` to begin with.
  ///
  /// Source: `SO_KEEPALIVE` in socket(7).
  @inlinable public static var keepAlive: Self { Self(.keepAlive) }
}

extension SocketOption where Kind == SocketKind.Stream, Address == SocketAddress, Value == Duration {
  /// How long a connection must be idle before it is probed with ``keepAlive``: 1 to 32,767 seconds, rounded up.
  ///
  /// Source: `TCP_KEEPIDLE` in tcp(7); `TCP_KEEPALIVE`, macOS.
  @inlinable public static var keepAliveIdle: Self { Self(.keepAliveIdle) }

  /// The time between two probes: 1 to 32,767 seconds, rounded up.
  ///
  /// Source: `TCP_KEEPINTVL` in tcp(7).
  @inlinable public static var keepAliveInterval: Self { Self(.keepAliveInterval) }
}

extension SocketOption where Kind == SocketKind.Stream, Address == SocketAddress, Value == Int {
  /// The unanswered probes after which the connection is given up: 1 to 127.
  ///
  /// Source: `TCP_KEEPCNT` in tcp(7).
  @inlinable public static var keepAliveProbes: Self { Self(.keepAliveProbes) }
}

extension SocketSetting where Kind == SocketKind.Stream, Address == SocketAddress {
  /// Sets ``SocketOption/noDelay``.
  @inlinable public static func noDelay(_ isOn: Bool) -> Self { Self(.noDelay, isOn) }

  /// Sets ``SocketOption/keepAlive``.
  @inlinable public static func keepAlive(_ isOn: Bool) -> Self { Self(.keepAlive, isOn) }

  /// Sets ``SocketOption/keepAliveIdle``.
  @inlinable public static func keepAliveIdle(_ time: Duration) -> Self { Self(.keepAliveIdle, time) }

  /// Sets ``SocketOption/keepAliveInterval``.
  @inlinable public static func keepAliveInterval(_ time: Duration) -> Self { Self(.keepAliveInterval, time) }

  /// Sets ``SocketOption/keepAliveProbes``.
  @inlinable public static func keepAliveProbes(_ count: Int) -> Self { Self(.keepAliveProbes, count) }
}

// MARK: - UDP sockets

extension SocketOption where Kind == SocketKind.Datagram, Address == SocketAddress, Value == Bool {
  /// Whether datagrams may be sent to broadcast addresses; `false` to begin with.
  ///
  /// Source: `SO_BROADCAST` in socket(7).
  @inlinable public static var broadcast: Self { Self(.broadcast) }

  /// Whether IPv4 multicast datagrams reach this machine's own members; `true` to begin with.
  ///
  /// On an IPv6 socket, Linux has the option for datagrams to IPv4 groups in mapped addresses; macOS and the BSDs
  /// throw ``IOError/Kind/unsupported``.
  ///
  /// Source: `IP_MULTICAST_LOOP` in ip(7).
  @inlinable public static var multicastLoopbackV4: Self { Self(.multicastLoopbackV4) }

  /// Whether IPv6 multicast datagrams reach this machine's own members; `true` to begin with.
  ///
  /// Source: `IPV6_MULTICAST_LOOP` in ipv6(7).
  @inlinable public static var multicastLoopbackV6: Self { Self(.multicastLoopbackV6) }
}

extension SocketOption where Kind == SocketKind.Datagram, Address == SocketAddress, Value == Int {
  /// The number of hops that IPv4 multicast datagrams may take: 0, which keeps them here, to 255; 1 to begin with.
  ///
  /// On an IPv6 socket, systems differ as for ``multicastLoopbackV4``.
  ///
  /// Source: `IP_MULTICAST_TTL` in ip(7).
  @inlinable public static var multicastHopLimitV4: Self { Self(.multicastHopLimitV4) }

  /// The number of hops that IPv6 multicast datagrams may take: 0, which keeps them here, to 255; 1 to begin with.
  ///
  /// Source: `IPV6_MULTICAST_HOPS` in ipv6(7).
  @inlinable public static var multicastHopLimitV6: Self { Self(.multicastHopLimitV6) }
}

extension SocketOption where Kind == SocketKind.Datagram, Address == SocketAddress, Value == IPv4Address {
  /// The interface that IPv4 multicast datagrams leave by, by its address; unspecified: the system chooses.
  ///
  /// Setting it throws ``IOError/Kind/addressNotAvailable`` if no interface has the address. On an IPv6 socket, systems
  /// differ as for ``multicastLoopbackV4``.
  ///
  /// Source: `IP_MULTICAST_IF` in ip(7).
  @inlinable public static var multicastInterfaceV4: Self { Self(.multicastInterfaceV4) }
}

extension SocketOption where Kind == SocketKind.Datagram, Address == SocketAddress, Value == UInt32 {
  /// The interface that IPv6 multicast datagrams leave by, by its number; 0: the system chooses.
  ///
  /// Setting it throws ``IOError/Kind/other`` ("no such device"), ``IOError/Kind/addressNotAvailable`` or, for a number
  /// beyond 31 bits, ``IOError/Kind/invalidInput`` if there is no such interface.
  ///
  /// Source: `IPV6_MULTICAST_IF` in ipv6(7).
  @inlinable public static var multicastInterfaceV6: Self { Self(.multicastInterfaceV6) }
}

extension SocketSetting where Kind == SocketKind.Datagram, Address == SocketAddress {
  /// Sets ``SocketOption/broadcast``.
  @inlinable public static func broadcast(_ isOn: Bool) -> Self { Self(.broadcast, isOn) }

  /// Sets ``SocketOption/multicastLoopbackV4``.
  @inlinable public static func multicastLoopbackV4(_ isOn: Bool) -> Self { Self(.multicastLoopbackV4, isOn) }

  /// Sets ``SocketOption/multicastHopLimitV4``.
  @inlinable public static func multicastHopLimitV4(_ hops: Int) -> Self { Self(.multicastHopLimitV4, hops) }

  /// Sets ``SocketOption/multicastInterfaceV4``.
  @inlinable
  public static func multicastInterfaceV4(_ address: IPv4Address) -> Self { Self(.multicastInterfaceV4, address) }

  /// Sets ``SocketOption/multicastLoopbackV6``.
  @inlinable public static func multicastLoopbackV6(_ isOn: Bool) -> Self { Self(.multicastLoopbackV6, isOn) }

  /// Sets ``SocketOption/multicastHopLimitV6``.
  @inlinable public static func multicastHopLimitV6(_ hops: Int) -> Self { Self(.multicastHopLimitV6, hops) }

  /// Sets ``SocketOption/multicastInterfaceV6``.
  @inlinable
  public static func multicastInterfaceV6(_ number: UInt32) -> Self { Self(.multicastInterfaceV6, number) }
}
