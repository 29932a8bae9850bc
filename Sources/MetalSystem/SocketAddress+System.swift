public import CMetalSystem
public import MetalCore

extension metal_ip_address {
  /// Lays an address out as the system wants it.
  @inlinable
  package init(_ address: SocketAddress) {
    self.init()
    switch address {
    case .v4(let ip, let port):
      // Safety: the call writes two fields of this structure.
      unsafe metal_ip_address_set_family(&self, Int32(METAL_AF_INET), Int32(METAL_IP_ADDRESS_LENGTH_V4))
      self.port = port.bigEndian
      v4_address_or_flow_info = ip.rawValue.bigEndian
    case .v6(let ip, let port, let flowInfo, let scopeID):
      // Safety: the call writes two fields of this structure.
      unsafe metal_ip_address_set_family(&self, Int32(METAL_AF_INET6), Int32(METAL_IP_ADDRESS_LENGTH_V6))
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
    switch Int(raw.family) {
    case Int(METAL_AF_INET):
      self.init(
        IPv4Address(rawValue: UInt32(bigEndian: raw.v4_address_or_flow_info)),
        port: UInt16(bigEndian: raw.port))
    case Int(METAL_AF_INET6):
      let high =
        UInt64(UInt32(bigEndian: raw.v6_address_0)) << 32 | UInt64(UInt32(bigEndian: raw.v6_address_1))
      let low =
        UInt64(UInt32(bigEndian: raw.v6_address_2)) << 32 | UInt64(UInt32(bigEndian: raw.v6_address_3))
      self.init(
        IPv6Address(high: high, low: low), port: UInt16(bigEndian: raw.port),
        flowInfo: UInt32(bigEndian: raw.v4_address_or_flow_info), scopeID: raw.scope)
    default:
      return nil
    }
  }
}
