public import CMetalSystem
public import MetalCore

extension EndpointAddress {
  /// Lends the address, in the system's layout, to a call.
  ///
  /// - Returns: The result of the call.
  /// - Throws: The errors of `UnixAddress.systemLength()`.
  @inlinable @unsafe
  func withSystemLayout(_ call: (UnsafeRawPointer, Int32) -> Int) throws(IOError) -> Int {
    switch erased {
    case .internet(let address):
      var raw = metal_ip_address(address)
      // Safety: `raw` lives during the call, and the second argument is the length of its layout. The same holds below.
      return unsafe call(&raw, Int32(address.isIPv4 ? METAL_IP_ADDRESS_LENGTH_V4 : METAL_IP_ADDRESS_LENGTH_V6))
    case .unix(let address):
      let length = try address.systemLength()
      var raw = metal_unix_address(address)
      return unsafe call(&raw, length)
    }
  }

  /// Lends memory for an address to a call.
  ///
  /// If the call succeeds with an address of this family, `self` becomes that address.
  ///
  /// - Returns: The result of the call. If the call succeeds but the address is missing or of another family, the
  ///   result is the negated `EAFNOSUPPORT`. After this result `self` is unchanged, and the caller must undo or accept
  ///   the effect of the call.
  @inlinable @unsafe
  mutating func takeFromSystem(_ call: (UnsafeMutableRawPointer, inout Int32) -> Int) -> Int {
    let address: Self?
    let result: Int
    if Self.isInternet {
      var raw = metal_ip_address()
      var length = Int32(MemoryLayout<metal_ip_address>.size)
      // Safety: `raw` lives during the call, and `length` is the size of `raw`. The same holds below.
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
    guard let address else { return -Int(METAL_EAFNOSUPPORT) }
    self = address
    return result
  }
}

// MARK: - Internet addresses

extension metal_ip_address {
  /// Lays out an address for the system.
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
  /// Makes an address from the system's layout; `nil` if the address is of another family.
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
  /// Lays out an address for the system.
  @inlinable
  package init(_ address: UnixAddress) {
    self = metal_unnamed_address()
    // Safety: both sides are 108 bytes of any value.
    unsafe path = unsafeBitCast(address.kernelBytes, to: type(of: path))
  }
}

extension UnixAddress {
  /// Makes an address from the system's layout; `nil` if the address is of another family.
  @inlinable
  package init?(_ raw: metal_unix_address, length: Int32) {
    let count = min(Int(length) - Int(METAL_UNIX_PATH_OFFSET), Int(METAL_UNIX_PATH_SIZE))
    // For a sender that was never bound, Linux returns an address without a family.
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

  /// Returns the number of bytes of the address in the system's layout.
  ///
  /// The count includes the terminator of a path name, and the zero byte before an abstract name. The unnamed address
  /// consists of the family alone.
  ///
  /// - Throws: `.invalidInput` for a path that is too long for the system. `.unsupported` for an abstract name on a
  ///   system without abstract names.
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
    // If a path fills the address, there is no room for its terminator.
    return Int32(offset + min(count + 1, size))
  }
}
