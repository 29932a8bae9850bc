internal import CMetalSystem
public import MetalCore

extension EndpointAddress {
  /// Reads an address from the system's layout, `struct sockaddr` with the fields of its family.
  ///
  /// ```swift
  /// var storage = sockaddr_storage()
  /// // A call of the system fills in `storage` and `length`.
  /// let address = try withUnsafeBytes(of: &storage) { buffer throws(IOError) in
  ///   try SocketAddress(sockaddr: buffer.bytes.extracting(first: Int(length)))
  /// }
  /// ```
  ///
  /// The bytes may be more than an IP address takes, such as a whole `sockaddr_storage`. Those of a Unix-domain address
  /// must be as many as the system has returned, because the length is a part of an abstract name. No bytes, or those of
  /// the family alone, are the unnamed address. The bytes need no alignment.
  ///
  /// - Throws: `.unsupported` if the address is of a family that this type does not have;
  ///   `.invalidInput` if the bytes are fewer than the family takes.
  public init(sockaddr bytes: RawSpan) throws(IOError) {
    let erased: AnyEndpointAddress =
      Self.isInternet ? .internet(try SocketAddress(layout: bytes)) : .unix(try UnixAddress(layout: bytes))
    guard let address = Self(erased) else { throw IOError(.unsupported) }
    self = address
  }

  /// Copies the address to the beginning of a buffer, in the system's layout, and returns its length for the system.
  ///
  /// ```swift
  /// var storage = sockaddr_storage()
  /// let length = try withUnsafeMutableBytes(of: &storage) { buffer throws(IOError) in
  ///   var bytes = buffer.mutableBytes
  ///   return try address.copySockaddr(into: &bytes)
  /// }
  /// ```
  ///
  /// Bytes behind the length keep their values. A `sockaddr_storage` has space for every address.
  ///
  /// - Returns: The number of bytes copied, which is the length that the system's calls take with the address.
  /// - Throws: `.invalidInput` if the buffer is too small, or a path name is longer than the system's
  ///   addresses; `.unsupported` for an abstract name on a system without them. The buffer is unchanged.
  public func copySockaddr(into buffer: inout MutableRawSpan) throws(IOError) -> Int {
    switch erased {
    case .internet(let address):
      let count = address.isIPv4 ? METAL_IP_ADDRESS_LENGTH_V4 : METAL_IP_ADDRESS_LENGTH_V6
      return try copy(metal_ip_address(address), count: Int(count), into: &buffer)
    case .unix(let address):
      return try copy(metal_unix_address(address), count: Int(address.systemLength()), into: &buffer)
    }
  }
}

extension SocketAddress {
  fileprivate init(layout bytes: RawSpan) throws(IOError) {
    var raw = metal_ip_address()
    guard fill(&raw, from: bytes) >= Int(METAL_UNIX_PATH_OFFSET) else { throw IOError(.invalidInput) }
    guard let address = SocketAddress(raw) else { throw IOError(.unsupported) }
    let count = address.isIPv4 ? METAL_IP_ADDRESS_LENGTH_V4 : METAL_IP_ADDRESS_LENGTH_V6
    guard bytes.byteCount >= Int(count) else { throw IOError(.invalidInput) }
    self = address
  }
}

extension UnixAddress {
  fileprivate init(layout bytes: RawSpan) throws(IOError) {
    var raw = metal_unix_address()
    let count = fill(&raw, from: bytes)
    // The family takes the bytes before the name.
    guard count == 0 || count >= Int(METAL_UNIX_PATH_OFFSET) else { throw IOError(.invalidInput) }
    guard count == 0 || Int32(raw.family) == AF_UNIX, let address = UnixAddress(raw, length: Int32(count)) else {
      throw IOError(.unsupported)
    }
    self = address
  }
}

/// Copies bytes to the beginning of a value; returns how many, which are no more than the value has.
private func fill<T: BitwiseCopyable>(_ value: inout T, from bytes: RawSpan) -> Int {
  let part = bytes.extracting(first: min(bytes.byteCount, MemoryLayout<T>.size))
  // Safety: the values are those of C, of integers alone; the bytes are no more than the value has.
  unsafe withUnsafeMutableBytes(of: &value) { value in
    unsafe part.withUnsafeBytes { part in unsafe value.copyMemory(from: part) }
  }
  return part.byteCount
}

/// Copies the first `count` bytes of a value to the beginning of a buffer; returns `count`.
private func copy<T: BitwiseCopyable>(
  _ value: T, count: Int, into buffer: inout MutableRawSpan
) throws(IOError) -> Int {
  guard buffer.byteCount >= count else { throw IOError(.invalidInput) }
  // Safety: `count` is no more than the value has, and the buffer has no fewer.
  unsafe withUnsafeBytes(of: value) { value in
    unsafe buffer.withUnsafeMutableBytes { buffer in unsafe buffer.copyMemory(from: .init(rebasing: value[..<count])) }
  }
  return count
}
