public import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Receives a datagram, or copies it and leaves it in the queue.
  ///
  /// Source: recvmsg(2).
  @inlinable
  public func receiveDatagram(
    _ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>, isPeek: Bool, isTruncated: inout Bool
  ) -> IOResult {
    var length: Int32 = 0
    // Safety: no address is asked for.
    return unsafe receive(descriptor, buffer, isPeek, &isTruncated, nil, &length)
  }

  /// Receives a datagram with the address it came from.
  ///
  /// Source: recvmsg(2).
  @inlinable
  public func receiveDatagram(
    _ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>, isPeek: Bool, isTruncated: inout Bool,
    source: inout SocketAddress
  ) -> IOResult {
    var raw = metal_ip_address()
    var length = Int32(MemoryLayout<metal_ip_address>.size)
    // Safety: the address is of the size that is said.
    let result = unsafe receive(descriptor, buffer, isPeek, &isTruncated, &raw, &length)
    if result.isSuccess, let address = SocketAddress(raw) { source = address }
    return result
  }

  /// Receives a datagram with the address it came from.
  ///
  /// Source: recvmsg(2), unix(7).
  @inlinable
  public func receiveDatagram(
    _ descriptor: Int32, into buffer: consuming MutableSpan<UInt8>, isPeek: Bool, isTruncated: inout Bool,
    source: inout UnixAddress
  ) -> IOResult {
    var raw = metal_unix_address()
    var length = Int32(MemoryLayout<metal_unix_address>.size)
    // Safety: the address is of the size that is said.
    let result = unsafe receive(descriptor, buffer, isPeek, &isTruncated, &raw, &length)
    if result.isSuccess, let address = UnixAddress(raw, length: length) { source = address }
    return result
  }

  /// Receives a datagram into several buffers in order.
  ///
  /// Source: recvmsg(2).
  @inlinable
  public func receiveDatagram<let capacity: Int>(
    _ descriptor: Int32, into vector: consuming MutableIOVector<capacity>, isTruncated: inout Bool
  ) -> IOResult {
    var flags: Int32 = 0
    var length: Int32 = 0
    // Safety: the entries are of the layout of `struct iovec` and lend their memory exclusively.
    let result = unsafe vector.withSystemEntries { entries, count in
      IOResult(rawValue: unsafe metal_recvmsg(descriptor, entries, count, &flags, nil, &length))
    }
    isTruncated = flags & Int32(METAL_MSG_TRUNC) != 0
    return result
  }

  /// Receives a datagram into several buffers in order, with the address it came from.
  ///
  /// Source: recvmsg(2).
  @inlinable
  public func receiveDatagram<let capacity: Int>(
    _ descriptor: Int32, into vector: consuming MutableIOVector<capacity>, isTruncated: inout Bool,
    source: inout SocketAddress
  ) -> IOResult {
    var raw = metal_ip_address()
    var flags: Int32 = 0
    var length = Int32(MemoryLayout<metal_ip_address>.size)
    // Safety: as above, and the address is of the size that is said.
    let result = unsafe vector.withSystemEntries { entries, count in
      IOResult(rawValue: unsafe metal_recvmsg(descriptor, entries, count, &flags, &raw, &length))
    }
    isTruncated = flags & Int32(METAL_MSG_TRUNC) != 0
    if result.isSuccess, let address = SocketAddress(raw) { source = address }
    return result
  }

  @inlinable
  @unsafe
  func receive(
    _ descriptor: Int32, _ buffer: consuming MutableSpan<UInt8>, _ isPeek: Bool, _ isTruncated: inout Bool,
    _ address: UnsafeMutableRawPointer?, _ length: inout Int32
  ) -> IOResult {
    var flags = isPeek ? Int32(METAL_MSG_PEEK) : 0
    // Safety: the call writes at most `count` bytes to memory that the span lends exclusively.
    let result = unsafe buffer.withUnsafeMutableBytes {
      unsafe metal_recvmsg_one(descriptor, $0.baseAddress, $0.count, &flags, address, &length)
    }
    isTruncated = flags & Int32(METAL_MSG_TRUNC) != 0
    return IOResult(rawValue: result)
  }
}

extension SystemKernel {
  /// Sends a datagram to an address.
  ///
  /// Source: sendto(2).
  @inlinable
  public func sendDatagram(_ descriptor: Int32, _ bytes: Span<UInt8>, to address: SocketAddress) -> IOResult {
    var raw = metal_ip_address(address)
    // Safety: the call only reads the bytes and the address, of the length of its family.
    let result = unsafe bytes.withUnsafeBytes {
      unsafe metal_sendto(
        descriptor, $0.baseAddress, $0.count, Int32(METAL_MSG_NOSIGNAL), &raw, Self.length(of: address))
    }
    return IOResult(rawValue: result)
  }

  /// Sends a datagram to an address, from several buffers in order.
  ///
  /// Source: sendmsg(2).
  @inlinable
  public func sendDatagram<let capacity: Int>(
    _ descriptor: Int32, _ vector: IOVector<capacity>, to address: SocketAddress
  ) -> IOResult {
    var raw = metal_ip_address(address)
    // Safety: as above; the entries are of the layout of `struct iovec`.
    return unsafe vector.withSystemEntries { entries, count in
      IOResult(
        rawValue: unsafe metal_sendmsg_to(
          descriptor, entries, count, Int32(METAL_MSG_NOSIGNAL), &raw, Self.length(of: address)))
    }
  }

  /// Sends a datagram to an address.
  ///
  /// Source: sendto(2), unix(7).
  public func sendDatagram(_ descriptor: Int32, _ bytes: Span<UInt8>, to address: UnixAddress) -> IOResult {
    let length: Int32
    do throws(IOError) {
      length = try Self.length(of: address)
    } catch {
      return IOResult(rawValue: -Int(error.kind == .unsupported ? METAL_EAFNOSUPPORT : METAL_EINVAL))
    }
    var raw = metal_unix_address(address)
    // Safety: the call only reads the bytes and the address, of the length that belongs to it.
    let result = unsafe bytes.withUnsafeBytes {
      unsafe metal_sendto(descriptor, $0.baseAddress, $0.count, Int32(METAL_MSG_NOSIGNAL), &raw, length)
    }
    return IOResult(rawValue: result)
  }

  /// Joins a multicast group, or leaves it.
  ///
  /// Source: ip(7), ipv6(7).
  public func setMembership(
    _ isMember: Bool, of descriptor: Int32, in group: MulticastGroup
  ) throws(IOError) {
    let result: Int32
    // A socket has groups of a family if it has that family's options for multicast.
    let option: SocketOption
    switch group {
    case .v4(let address, let interface):
      option = .multicastLoopV4
      result = metal_set_membership(
        descriptor, isMember ? 1 : 0, address.rawValue.bigEndian, interface.rawValue.bigEndian)
    case .v6(let address, let interface):
      option = .multicastLoopV6
      var raw = metal_ip_address(SocketAddress(address, port: 0))
      // Safety: the call only reads the address.
      result = unsafe metal_set_membership_v6(descriptor, isMember ? 1 : 0, &raw, interface)
    }
    if result < 0 { try raise(result, option, of: descriptor) }
  }
}
