public import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Receives a datagram with the address of its sender.
  ///
  /// If `isPeek` is `true`, the method copies the datagram and leaves it in the queue. If the system returns no
  /// address, or an address of another family, `source` keeps its value.
  ///
  /// - Returns: The number of bytes received, or the negated errno.
  /// - Complexity: One system call; no allocation. If the buffer is empty on macOS and the BSDs, the method passes a
  ///   buffer of one byte to the system.
  ///
  /// Source: recvmsg(2), unix(7).
  @inlinable
  public func receiveDatagram<Buffer: MutableIOBytes & ~Copyable & ~Escapable, Address: EndpointAddress>(
    _ descriptor: Descriptor, into buffer: consuming Buffer, isPeek: Bool, isTruncated: inout Bool,
    from source: inout Address
  ) -> IOResult {
    var flags = isPeek ? Int32(MSG_PEEK) : 0
    // Safety: this method has exclusive access to the buffers, and the call writes at most as many bytes as they have.
    // The call writes at most `length` bytes to `address`.
    let result = unsafe buffer.withUnsafeRegions { memory, count in
      // A datagram counts as received even if the address of its sender is missing or of another family.
      var received = -1
      _ = unsafe source.takeFromSystem { address, length in
        received =
          unsafe Buffer.isContiguous
          ? metal_recvmsg_one(descriptor, memory, count, &flags, address, &length)
          : metal_recvmsg(descriptor, memory, count, &flags, address, &length)
        return received
      }
      return IOResult(rawValue: received)
    }
    isTruncated = flags & Int32(MSG_TRUNC) != 0
    return result
  }

  /// Sends a datagram to an address.
  ///
  /// - Returns: The number of bytes sent, or the negated errno. `EINVAL` is the error for a path name that is too long.
  ///   `EAFNOSUPPORT` is the error for an abstract name on a system without abstract names.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: sendto(2), sendmsg(2), unix(7).
  @inlinable
  public func sendDatagram<Bytes: IOBytes & ~Copyable & ~Escapable, Address: EndpointAddress>(
    _ descriptor: Descriptor, _ bytes: borrowing Bytes, to address: Address
  ) -> IOResult {
    let flags = Int32(METAL_MSG_NOSIGNAL)
    // Safety: the call only reads the bytes and the address.
    return unsafe bytes.withUnsafeRegions { memory, count in
      do throws(IOError) {
        let result = try unsafe address.withSystemLayout { address, length in
          unsafe Bytes.isContiguous
            ? metal_send(descriptor, memory, count, flags, address, length)
            : metal_sendmsg(descriptor, memory, count, flags, address, length)
        }
        return IOResult(rawValue: result)
      } catch {
        return Self.result(for: error)
      }
    }
  }

  /// Returns the result for an error that the library itself has detected.
  @usableFromInline @inline(never)
  static func result(for error: IOError) -> IOResult {
    IOResult(rawValue: -Int(error.kind == .unsupported ? METAL_EAFNOSUPPORT : METAL_EINVAL))
  }

  /// Joins a multicast group, or leaves it.
  ///
  /// - Throws: `.unsupported` if the socket is of the other family. `.addressInUse` if a member joins the group again.
  ///   `.addressNotAvailable` if a socket that is not a member leaves the group. `.noBufferSpace` for too many
  ///   memberships. `.invalidInput` if the address is not a multicast address. For an unknown interface
  ///   `.invalidInput`, `.addressNotAvailable` or `.other`, depending on the system.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: ip(7), ipv6(7).
  public func setMembership(_ isMember: Bool, of descriptor: Descriptor, in group: MulticastGroup) throws(IOError) {
    let result: Int32
    // A socket can join groups of a family if it has the multicast options of that family.
    let option: SocketOptionName
    switch group {
    case .v4(let address, let interface):
      option = .multicastLoopbackV4
      result = metal_set_membership(
        descriptor, isMember ? 1 : 0, address.rawValue.bigEndian, interface.rawValue.bigEndian)
    case .v6(let address, let interface):
      option = .multicastLoopbackV6
      var raw = metal_ip_address(SocketAddress(address, port: 0))
      // Safety: the call only reads the address.
      result = unsafe metal_set_membership_v6(descriptor, isMember ? 1 : 0, &raw, interface)
    }
    if result < 0 { try raise(result, option, of: descriptor) }
  }
}
