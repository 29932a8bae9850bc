public import CMetalSystem
public import MetalCore

extension EndpointAddress {
  /// Lends the address in the system's layout to a call, and returns the call's result.
  ///
  /// - Throws: What `UnixAddress.systemLength()` throws.
  @inlinable @unsafe
  func withSystemLayout(_ call: (UnsafeRawPointer, Int32) -> Int) throws(IOError) -> Int {
    switch erased {
    case .internet(let address):
      var raw = metal_ip_address(address)
      // Safety: the layout is lent for the call, with the length that belongs to it; likewise below.
      return unsafe call(&raw, Int32(address.isIPv4 ? METAL_IP_ADDRESS_LENGTH_V4 : METAL_IP_ADDRESS_LENGTH_V6))
    case .unix(let address):
      let length = try address.systemLength()
      var raw = metal_unix_address(address)
      return unsafe call(&raw, length)
    }
  }

  /// Lends room for an address in the system's layout to a call and takes the address, if the call has succeeded.
  ///
  /// - Returns: The call's result, or the negated `EAFNOSUPPORT` if the call succeeded and the address is missing or of
  ///   another family. Then this address is unchanged, and the caller must undo or accept what the call did.
  @inlinable @unsafe
  mutating func takeFromSystem(_ call: (UnsafeMutableRawPointer, inout Int32) -> Int) -> Int {
    let address: Self?
    let result: Int
    if Self.isInternet {
      var raw = metal_ip_address()
      var length = Int32(MemoryLayout<metal_ip_address>.size)
      // Safety: the room is lent for the call, with its size; likewise below.
      result = unsafe call(&raw, &length)
      guard result >= 0 else { return result }
      address = SocketAddress(raw).flatMap { Self(.internet($0)) }
    } else {
      var raw = metal_unix_address()
      var length = Int32(MemoryLayout<metal_unix_address>.size)
      result = unsafe call(&raw, &length)
      guard result >= 0 else { return result }
      address = UnixAddress(raw, length: length).flatMap { Self(.unix($0)) }
    }
    guard let address else { return -Int(EAFNOSUPPORT) }
    self = address
    return result
  }
}

// MARK: - Internet addresses

extension metal_ip_address {
  /// Lays an address out as the system wants it.
  @inlinable
  package init(_ address: SocketAddress) {
    switch address {
    case .v4(let ip, let port):
      self = metal_ipv4_address()
      self.port = port.bigEndian
      v4_address_or_flow_info = ip.rawValue.bigEndian
    case .v6(let ip, let port, let flowInfo, let scopeID):
      self = metal_ipv6_address()
      self.port = port.bigEndian
      v4_address_or_flow_info = flowInfo.bigEndian
      v6_address_0 = UInt32(truncatingIfNeeded: ip.high >> 32).bigEndian
      v6_address_1 = UInt32(truncatingIfNeeded: ip.high).bigEndian
      v6_address_2 = UInt32(truncatingIfNeeded: ip.low >> 32).bigEndian
      v6_address_3 = UInt32(truncatingIfNeeded: ip.low).bigEndian
      scope = scopeID
    }
  }
}

extension SocketAddress {
  /// Reads an address from the system's layout; `nil` if it is of another family.
  @inlinable
  package init?(_ raw: metal_ip_address) {
    switch Int32(raw.family) {
    case AF_INET:
      let ip = IPv4Address(rawValue: UInt32(bigEndian: raw.v4_address_or_flow_info))
      self.init(ip, port: UInt16(bigEndian: raw.port))
    case AF_INET6:
      let high = UInt64(UInt32(bigEndian: raw.v6_address_0)) << 32 | UInt64(UInt32(bigEndian: raw.v6_address_1))
      let low = UInt64(UInt32(bigEndian: raw.v6_address_2)) << 32 | UInt64(UInt32(bigEndian: raw.v6_address_3))
      self.init(
        IPv6Address(high: high, low: low), port: UInt16(bigEndian: raw.port),
        flowInfo: UInt32(bigEndian: raw.v4_address_or_flow_info), scopeID: raw.scope)
    default:
      return nil
    }
  }
}

// MARK: - Unix-domain addresses

extension metal_unix_address {
  /// Lays an address out as the system wants it.
  @inlinable
  package init(_ address: UnixAddress) {
    self = metal_unnamed_address()
    // Safety: both sides are 108 bytes of any value.
    unsafe path = unsafeBitCast(address.kernelBytes, to: type(of: path))
  }
}

extension UnixAddress {
  /// Reads an address from the system's layout; `nil` if it is of another family.
  @inlinable
  package init?(_ raw: metal_unix_address, length: Int32) {
    let count = min(Int(length) - Int(METAL_UNIX_PATH_OFFSET), Int(METAL_UNIX_PATH_SIZE))
    // Linux leaves even the family out of the address of a sender that was never bound.
    guard count > 0 else {
      self = .unnamed
      return
    }
    guard Int32(raw.family) == AF_UNIX else { return nil }
    // Safety: both sides are 108 bytes of any value.
    let bytes = unsafe unsafeBitCast(raw.path, to: InlineArray<108, UInt8>.self)
    let isNamed = bytes[0] != 0 || metal_has_abstract_names() != 0
    self.init(kernelBytes: bytes, length: isNamed ? count : 0)
  }

  /// The number of bytes that the address has in the system's layout.
  ///
  /// A path name has a terminator, which counts; an abstract name has a zero before it, which counts; the unnamed
  /// address is nothing but the family.
  ///
  /// - Throws: `.invalidInput` for a path that is longer than the system's addresses; `.unsupported` for an abstract
  ///   name where there are none.
  ///
  /// Source: unix(7), "Address format".
  @usableFromInline
  package func systemLength() throws(IOError) -> Int32 {
    let offset = Int(METAL_UNIX_PATH_OFFSET)
    if isUnnamed { return Int32(offset) }
    let size = Int(METAL_UNIX_PATH_SIZE)
    let count = name.count
    guard count <= (isAbstract ? size - 1 : size) else { throw IOError(.invalidInput) }
    guard !isAbstract || metal_has_abstract_names() != 0 else { throw IOError(.unsupported) }
    // A path that fills the address has no room for its terminator.
    return Int32(offset + min(count + 1, size))
  }
}
