extension TCPStream {
  /// The address of this end.
  ///
  /// Source: getsockname(2).
  @inlinable
  public var localAddress: SocketAddress {
    get throws(IOError) { try handle.kernel.localAddress(of: handle.descriptor) }
  }

  /// The address of the other end; throws ``IOError/Kind/notConnected`` before the connection stands.
  ///
  /// Source: getpeername(2).
  @inlinable
  public var peerAddress: SocketAddress {
    get throws(IOError) { try handle.kernel.peerAddress(of: handle.descriptor) }
  }

  /// Whether small writes are sent at once instead of being gathered.
  ///
  /// Source: `TCP_NODELAY` in tcp(7).
  @inlinable
  public var isNoDelay: Bool {
    get throws(IOError) { try handle.kernel.option(.noDelay, of: handle.descriptor) != 0 }
  }

  /// Chooses whether small writes are sent at once (`true`) or gathered (`false`, as every connection begins).
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` or ``IOError/Kind/connectionReset`` on macOS and the BSDs after the connection
  ///   was reset.
  @inlinable
  public func setNoDelay(_ isNoDelay: Bool) throws(IOError) {
    try handle.kernel.setOption(.noDelay, of: handle.descriptor, to: isNoDelay ? 1 : 0)
  }

  /// The number of hops that packets may take.
  ///
  /// A socket that never set it reads the system's default; on macOS and the BSDs a router may have advertised another
  /// for IPv6, with which packets go out.
  ///
  /// Source: `IP_TTL` in ip(7), `IPV6_UNICAST_HOPS` in ipv6(7).
  @inlinable
  public var timeToLive: Int {
    get throws(IOError) { try handle.kernel.option(.timeToLive, of: handle.descriptor) }
  }

  /// Sets the number of hops that packets may take.
  ///
  /// On an IPv6 socket that also carries IPv4 in mapped addresses it holds for the packets of both.
  ///
  /// - Throws: ``IOError/Kind/invalidInput`` unless it is 1…255.
  ///
  /// Source: `IP_TTL` in ip(7), `IPV6_UNICAST_HOPS` in ipv6(7).
  @inlinable
  public func setTimeToLive(_ hops: Int) throws(IOError) {
    try handle.set(.timeToLive, hops)
  }

  /// How long closing waits for unsent data; `nil`, as every connection begins, if it goes on in the background.
  ///
  /// Source: `SO_LINGER` in socket(7).
  @inlinable
  public var linger: Duration? {
    get throws(IOError) { try handle.kernel.linger(of: handle.descriptor) }
  }

  /// Sets how long closing waits for unsent data.
  ///
  /// - Parameter linger: `nil` to let closing return at once and the system go on sending; `.zero` to throw unsent
  ///   data away and reset the connection on closing; longer, rounded up to whole seconds, makes closing wait, on
  ///   most systems even for a non-blocking socket.
  /// - Throws: ``IOError/Kind/invalidInput`` if it is negative or beyond 327 s, the most that macOS keeps.
  ///
  /// Source: `SO_LINGER` in socket(7).
  @inlinable
  public func setLinger(_ linger: Duration?) throws(IOError) {
    try handle.kernel.setLinger(linger, of: handle.descriptor)
  }
}
