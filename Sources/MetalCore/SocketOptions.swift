/// How a socket is set up before it is bound or connected.
///
/// ```swift
/// var options = SocketOptions()
/// options.reusePort = true
/// options.receiveBufferSize = 1 << 20
/// let listener = try TCPListener(bindingTo: address, options: options)
/// ```
///
/// The defaults change nothing that the system does of itself, but for two things: listeners reuse their address, and
/// their backlog is 1,024. An option that the socket does not have is refused as ``IOError/Kind/unsupported``; some
/// systems take one that has no effect. A value out of the range that is said is ``IOError/Kind/invalidInput`` on every
/// system. ``backlog`` concerns listeners alone, and ``localAddress`` ``TCPStream`` alone: they are ignored elsewhere.
///
/// Source: socket(7), tcp(7), ip(7), ipv6(7), listen(2).
@frozen
public struct SocketOptions: Hashable, Sendable {
  /// Whether an address may be bound that recently closed connections still occupy (`SO_REUSEADDR`).
  ///
  /// `nil`, the default, means `true` for ``TCPListener`` and `false` for all others.
  public var reuseAddress: Bool?

  /// Whether several sockets may be bound to one address and share its traffic (`SO_REUSEPORT`); `false` by default.
  public var reusePort = false

  /// Whether an IPv6 socket carries IPv6 only (`IPV6_V6ONLY`); `nil`, the default, as the system is configured.
  public var onlyV6: Bool?

  /// The most connections that wait to be accepted: 1,024 by default.
  ///
  /// The system caps it (`net.core.somaxconn`). A negative number is refused as ``IOError/Kind/invalidInput``.
  public var backlog = 1024

  /// Bytes that the system buffers for sending (`SO_SNDBUF`); `nil`, the default, as the system is configured.
  ///
  /// Linux reserves twice the number, and caps it (`net.core.wmem_max`).
  public var sendBufferSize: Int?

  /// Bytes that the system buffers for receiving (`SO_RCVBUF`); `nil`, the default, as the system is configured.
  ///
  /// Linux reserves twice the number, and caps it (`net.core.rmem_max`).
  public var receiveBufferSize: Int?

  /// How an idle connection is probed; `nil`, the default: it is not.
  public var keepAlive: KeepAlive?

  /// How long closing waits for unsent data (`SO_LINGER`), up to 327 s; `nil`, the default: the system goes on sending
  /// in the background.
  ///
  /// See ``TCPStream/setLinger(_:)``.
  public var linger: Duration?

  /// The local address that a stream is bound to before it connects; `nil`, the default: the system chooses one.
  ///
  /// With port 0 the system chooses a port. On Linux it does so when the stream connects, so that streams to different
  /// destinations share a port; elsewhere each stream that is bound so takes one of the machine's ports for itself.
  ///
  /// Source: `IP_BIND_ADDRESS_NO_PORT` in ip(7).
  public var localAddress: SocketAddress?

  /// Makes options with the defaults.
  @inlinable
  public init() {}

  /// How an idle connection is probed: what is `nil` stays as the system is configured.
  ///
  /// Times are rounded up to whole seconds, of which 1 to 32,767 are legal, and 1 to 127 probes. Anything else is
  /// refused as ``IOError/Kind/invalidInput``.
  @frozen
  public struct KeepAlive: Hashable, Sendable {
    /// How long a connection must be idle before it is probed, in whole seconds (`TCP_KEEPIDLE`).
    public var idle: Duration?
    /// The time between two probes, in whole seconds (`TCP_KEEPINTVL`).
    public var interval: Duration?
    /// Unanswered probes after which the connection is given up (`TCP_KEEPCNT`).
    public var probes: Int?

    /// Makes probes as the system is configured, or as said.
    public init(idle: Duration? = nil, interval: Duration? = nil, probes: Int? = nil) {
      self.idle = idle
      self.interval = interval
      self.probes = probes
    }
  }
}

extension SourceHandle {
  /// Opens a socket and sets it up.
  @inlinable
  package static func open(
    _ family: SocketFamily, _ kind: SocketKind, _ options: SocketOptions, reuseAddress: Bool = false,
    on kernel: S.K
  ) throws(IOError) -> SourceHandle {
    let handle = SourceHandle(owning: try kernel.openSocket(family, kind), on: kernel)
    try handle.apply(options, reuseAddress: options.reuseAddress ?? reuseAddress)
    return handle
  }

  @inlinable
  @inline(never)
  func apply(_ options: SocketOptions, reuseAddress: Bool) throws(IOError) {
    if reuseAddress { try set(.reuseAddress, 1) }
    if options.reusePort { try set(.reusePort, 1) }
    if let onlyV6 = options.onlyV6 { try set(.onlyV6, onlyV6 ? 1 : 0) }
    if let size = options.sendBufferSize { try set(.sendBufferSize, size) }
    if let size = options.receiveBufferSize { try set(.receiveBufferSize, size) }
    if let linger = options.linger { try kernel.setLinger(linger, of: descriptor) }
    guard let keepAlive = options.keepAlive else { return }
    try set(.keepAlive, 1)
    if let idle = keepAlive.idle { try set(.keepAliveIdle, idle) }
    if let interval = keepAlive.interval { try set(.keepAliveInterval, interval) }
    if let probes = keepAlive.probes { try set(.keepAliveProbes, probes) }
  }

  /// Sets an option that is a time, in whole seconds.
  @usableFromInline
  func set(_ option: SocketOption, _ duration: Duration) throws(IOError) {
    try set(option, try duration.wholeSeconds(in: option.legalValues))
  }

  /// Sets an option; the kernel checks the value.
  @inlinable
  package func set(_ option: SocketOption, _ value: Int) throws(IOError) {
    try kernel.setOption(option, of: descriptor, to: value)
  }
}

extension SocketOptions {
  /// The whole seconds that closing may linger, the same on every system.
  ///
  /// macOS keeps hundredths of a second in a signed number of 16 bits, FreeBSD 13 seconds.
  ///
  /// Source: `sosetoptlock` in bsd/kern/uipc_socket.c, xnu; `sosetopt` in sys/kern/uipc_socket.c, FreeBSD 13.
  package static var lingerSeconds: ClosedRange<Int> { 0...327 }
}
