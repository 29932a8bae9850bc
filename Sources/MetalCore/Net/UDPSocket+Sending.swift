extension UDPSocket {
  /// Sends a datagram to the connected peer, whole or not at all; an empty one is legal.
  ///
  /// - Returns: The number of bytes sent: all of them.
  /// - Throws: ``IOError/Kind/wouldBlock`` if there is no space; ``IOError/Kind/destinationAddressRequired`` without a
  ///   peer; ``IOError/Kind/messageTooLong`` if no packet can hold it; ``IOError/Kind/connectionRefused`` if an earlier
  ///   datagram found nobody at its port; ``IOError/Kind/networkUnreachable`` if there is no route.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: send(2), udp(7).
  @inlinable
  @discardableResult
  public func send(_ bytes: Span<UInt8>) throws(IOError) -> Int {
    try handle.send(bytes)
  }

  /// Sends a datagram to the connected peer, or returns `nil` if there is no space.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: send(2).
  @inlinable
  public func sendIfReady(_ bytes: Span<UInt8>) throws(IOError) -> Int? {
    try handle.sendIfReady(bytes)
  }

  /// Sends the bytes of several buffers to the connected peer as one datagram.
  ///
  /// - Throws: As the form for one buffer.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendmsg(2).
  @inlinable
  @discardableResult
  public func send<let capacity: Int>(_ vector: IOVector<capacity>) throws(IOError) -> Int {
    try handle.send(vector)
  }

  /// Sends the bytes of several buffers as one datagram, or returns `nil` if there is no space.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendmsg(2).
  @inlinable
  public func sendIfReady<let capacity: Int>(_ vector: IOVector<capacity>) throws(IOError) -> Int? {
    try handle.sendIfReady(vector)
  }

  /// Sends a datagram to an address, whole or not at all; an empty one is legal.
  ///
  /// - Returns: The number of bytes sent: all of them.
  /// - Throws: As ``send(_:)-(Span<UInt8>)``; ``IOError/Kind/permissionDenied`` for a broadcast address while that is off;
  ///   ``IOError/Kind/alreadyConnected`` on macOS and the BSDs if the socket is connected; ``IOError/Kind/unsupported`` or
  ///   ``IOError/Kind/invalidInput`` for an address of the other family.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendto(2), udp(7).
  @inlinable
  @discardableResult
  public func send(_ bytes: Span<UInt8>, to address: SocketAddress) throws(IOError) -> Int {
    try handle.count(handle.kernel.sendDatagram(handle.descriptor, bytes, to: address), .writable)
  }

  /// Sends a datagram to an address, or returns `nil` if there is no space.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendto(2).
  @inlinable
  public func sendIfReady(_ bytes: Span<UInt8>, to address: SocketAddress) throws(IOError) -> Int? {
    try handle.countIfReady(handle.kernel.sendDatagram(handle.descriptor, bytes, to: address), .writable)
  }

  /// Sends the bytes of several buffers to an address as one datagram.
  ///
  /// - Throws: As the form for one buffer.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendmsg(2).
  @inlinable
  @discardableResult
  public func send<let capacity: Int>(
    _ vector: IOVector<capacity>, to address: SocketAddress
  ) throws(IOError) -> Int {
    try handle.count(handle.kernel.sendDatagram(handle.descriptor, vector, to: address), .writable)
  }

  /// Sends the bytes of several buffers to an address as one datagram, or returns `nil` if there is no space.
  ///
  /// - Throws: As the throwing form, but for ``IOError/Kind/wouldBlock``.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendmsg(2).
  @inlinable
  public func sendIfReady<let capacity: Int>(
    _ vector: IOVector<capacity>, to address: SocketAddress
  ) throws(IOError) -> Int? {
    try handle.countIfReady(handle.kernel.sendDatagram(handle.descriptor, vector, to: address), .writable)
  }
}
