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
      return unsafe call(&raw, address.systemLength)
    case .unix(let address):
      let length = try address.systemLength()
      var raw = metal_unix_address(address)
      return unsafe call(&raw, length)
    }
  }

  /// Lends room for an address in the system's layout to a call and takes the address, if the call has succeeded.
  ///
  /// - Returns: The call's result; that of an address of a foreign family if there is one.
  @inlinable @unsafe
  mutating func takeFromSystem(_ call: (UnsafeMutableRawPointer, inout Int32) -> Int) -> Int {
    let told: Self?
    let result: Int
    if Self.isInternet {
      var raw = metal_ip_address()
      var length = Int32(MemoryLayout<metal_ip_address>.size)
      // Safety: the room is lent for the call, with its size; likewise below.
      result = unsafe call(&raw, &length)
      guard result >= 0 else { return result }
      told = SocketAddress(raw).flatMap { Self(.internet($0)) }
    } else {
      var raw = metal_unix_address()
      var length = Int32(MemoryLayout<metal_unix_address>.size)
      result = unsafe call(&raw, &length)
      guard result >= 0 else { return result }
      told = UnixAddress(raw, length: length).flatMap { Self(.unix($0)) }
    }
    guard let told else { return -Int(METAL_EAFNOSUPPORT) }
    self = told
    return result
  }
}

extension SocketAddress {
  /// The number of bytes that the address has in the system's layout.
  @inlinable
  var systemLength: Int32 {
    Int32(isIPv4 ? METAL_IP_ADDRESS_LENGTH_V4 : METAL_IP_ADDRESS_LENGTH_V6)
  }
}
