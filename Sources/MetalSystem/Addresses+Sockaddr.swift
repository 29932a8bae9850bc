internal import CMetalSystem
public import MetalCore

extension EndpointAddress {
  /// Makes an address from the system's layout: `struct sockaddr` with the fields of its family.
  ///
  /// ```swift
  /// var storage = sockaddr_storage()
  /// // A call of the system fills in `storage` and `length`.
  /// …
  /// // Safety: the bytes are those of the local storage.
  /// let address = try unsafe withUnsafeBytes(of: &storage) { buffer throws(IOError) in
  ///   try unsafe SocketAddress(sockaddr: buffer.bytes.extracting(first: Int(length)))
  /// }
  /// ```
  ///
  /// For an IP address, `bytes` may be longer than the address, such as a whole `sockaddr_storage`. For a Unix-domain
  /// address, pass exactly as many bytes as the system returned, because the length is a part of an abstract name. If
  /// there are no bytes, or only the family, the result is the unnamed address. The bytes need no alignment.
  ///
  /// - Parameter bytes: The address, as the system has written it.
  /// - Throws: `.unsupported` if this type cannot hold an address of the family. `.invalidInput` if there are fewer
  ///   bytes than the family needs.
  /// - Complexity: O(1); no allocation.
  ///
  /// Source: sockaddr(3type), unix(7); Linux man-pages 6. `<sys/socket.h>`, POSIX.1-2024.
  public init(sockaddr bytes: RawSpan) throws(IOError) {
    let erased: AnyEndpointAddress =
      Self.isInternet ? .internet(try SocketAddress(layout: bytes)) : .unix(try UnixAddress(layout: bytes))
    guard let address = Self(erased) else { throw IOError(.unsupported) }
    self = address
  }

  /// Copies the address, in the system's layout, to the beginning of a buffer.
  ///
  /// ```swift
  /// var storage = sockaddr_storage()
  /// // Safety: the bytes are those of the local storage.
  /// let length = try unsafe withUnsafeMutableBytes(of: &storage) { buffer throws(IOError) in
  ///   var bytes = unsafe buffer.mutableBytes
  ///   return try address.copySockaddr(into: &bytes)
  /// }
  /// ```
  ///
  /// Bytes after the address keep their values. A `sockaddr_storage` has space for every address.
  ///
  /// - Parameter buffer: The memory for the address, which needs no alignment.
  /// - Returns: The number of bytes copied. The system's calls take this length together with the address.
  /// - Throws: `.invalidInput` if the buffer is too small, or if a path name is too long for the system. `.unsupported`
  ///   for an abstract name on a system without abstract names. An error leaves the buffer unchanged.
  /// - Complexity: O(1); no allocation.
  ///
  /// Source: sockaddr(3type), unix(7); Linux man-pages 6. `<sys/socket.h>`, POSIX.1-2024.
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
    // The bytes before the name hold the family.
    guard count == 0 || count >= Int(METAL_UNIX_PATH_OFFSET) else { throw IOError(.invalidInput) }
    guard count == 0 || Int32(raw.family) == AF_UNIX, let address = UnixAddress(raw, length: Int32(count)) else {
      throw IOError(.unsupported)
    }
    self = address
  }
}

/// Copies bytes to the beginning of a value, at most as many as the value has.
///
/// - Returns: The number of bytes copied.
private func fill<T>(_ value: inout T, from bytes: RawSpan) -> Int {
  let part = bytes.extracting(first: min(bytes.byteCount, MemoryLayout<T>.size))
  // Safety: the value is a C structure of integers, so any bytes are valid. The copy is not larger than the value.
  unsafe withUnsafeMutableBytes(of: &value) { value in
    unsafe part.withUnsafeBytes { part in unsafe value.copyMemory(from: part) }
  }
  return part.byteCount
}

/// Copies the first `count` bytes of a value to the beginning of a buffer.
///
/// - Returns: The number `count`.
private func copy<T>(
  _ value: T, count: Int, into buffer: inout MutableRawSpan
) throws(IOError) -> Int {
  guard buffer.byteCount >= count else { throw IOError(.invalidInput) }
  // Safety: the value and the buffer each have at least `count` bytes.
  unsafe withUnsafeBytes(of: value) { value in
    unsafe buffer.withUnsafeMutableBytes { buffer in unsafe buffer.copyMemory(from: .init(rebasing: value[..<count])) }
  }
  return count
}
