internal import CMetalSystem
public import MetalCore

extension SocketAddress {
  /// Resolves a host name to addresses with a port, in a blocking call.
  ///
  /// ```swift
  /// let addresses = try SocketAddress.resolve("example.com", port: 443)
  /// ```
  ///
  /// **Call this method on a thread that the program made for it.** The method blocks the thread until the system has
  /// answered. A thread that waits on a poll or runs tasks must not block. The system may ask servers, and gives up
  /// after many seconds if no server answers. The thread can hand the result over and wake the poll with a waker. The
  /// program cannot cancel the call.
  ///
  /// The system sorts the addresses: try them in this order (RFC 6724). The system resolves text such as `192.0.2.1`,
  /// `2001:db8::1` or `fe80::1%eth0` without asking a server. Most systems also accept short and octal forms of IPv4
  /// addresses. A name with letters beyond ASCII must be in Punycode.
  ///
  /// - Parameters:
  ///   - host: The name of a host, or an IP address without a port and without brackets.
  ///   - port: The port of each result, in host byte order.
  ///   - family: The family of all results; `nil` for both families.
  /// - Returns: One address or more, never an empty array.
  /// - Throws: A ``ResolutionError``. ``ResolutionError/kind`` contains the cause, and ``ResolutionError/Kind`` lists
  ///   all causes.
  /// - Complexity: O(addresses). The system and this method allocate.
  ///
  /// Source: getaddrinfo(3); POSIX.1-2024.
  public static func resolve(
    _ host: String, port: UInt16, family: SocketFamily? = nil
  ) throws(ResolutionError) -> [SocketAddress] {
    var addresses = try addresses(of: host, service: nil, family: family, kind: .stream)
    for index in addresses.indices { addresses[index].port = port }
    return addresses
  }

  /// Resolves the names of a host and of a service to addresses, in a blocking call.
  ///
  /// **Call this method on a thread that the program made for it.** The documentation of ``resolve(_:port:family:)``
  /// explains the reason, the order of the addresses and the accepted forms of `host`.
  ///
  /// ```swift
  /// let addresses = try SocketAddress.resolve("example.com", service: "https")
  /// ```
  ///
  /// - Parameters:
  ///   - host: The name of a host, or an IP address without a port and without brackets.
  ///   - service: The name of a service that the system knows (services(5)), or a port in decimal. For a number above
  ///     65,535, some systems use its last 16 bits. To pass a port as a number, use ``resolve(_:port:family:)``.
  ///   - family: The family of all results; `nil` for both families.
  ///   - kind: The kind of sockets that offer the service: TCP or UDP.
  /// - Returns: One address or more, never an empty array.
  /// - Throws: A ``ResolutionError``. ``ResolutionError/kind`` contains the cause, and ``ResolutionError/Kind`` lists
  ///   all causes.
  /// - Complexity: O(addresses). The system and this method allocate.
  ///
  /// Source: getaddrinfo(3), services(5); POSIX.1-2024.
  public static func resolve(
    _ host: String, service: String, family: SocketFamily? = nil, kind: SocketKind = .stream
  ) throws(ResolutionError) -> [SocketAddress] {
    try addresses(of: host, service: service, family: family, kind: kind)
  }

  private static func addresses(
    of host: String, service: String?, family: SocketFamily?, kind: SocketKind
  ) throws(ResolutionError) -> [SocketAddress] {
    // The system would stop reading at a zero byte, and would resolve another name.
    guard !host.utf8.contains(0), service?.utf8.contains(0) != true else { throw ResolutionError(.invalidInput) }
    let number = family.map(SystemKernel.number) ?? AF_UNSPEC
    // Safety: the strings end with a zero, and live until the call returns. The `defer` statement frees the list once.
    let resolution = unsafe metal_resolve(host, service, number, SystemKernel.number(of: kind))
    defer { unsafe metal_resolution_free(resolution) }
    guard unsafe resolution.code == 0 else {
      // Safety: the fields are numbers.
      throw unsafe ResolutionError(code: resolution.code, errorNumber: resolution.error_number)
    }

    var addresses: [SocketAddress] = []
    // Safety: the list belongs to `resolution`, and ends with a null pointer.
    var next = unsafe resolution.first
    while let entry = unsafe next {
      unsafe next = entry.pointee.ai_next
      guard let address = unsafe entry.pointee.ai_addr else { continue }
      // Safety: `ai_addrlen` is the number of bytes at `ai_addr`.
      let bytes = unsafe UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
      if let address = try? unsafe SocketAddress(sockaddr: bytes.bytes) { addresses.append(address) }
    }
    guard !addresses.isEmpty else { throw ResolutionError(.nameNotFound) }
    return addresses
  }
}
