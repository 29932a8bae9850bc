internal import CMetalSystem
public import MetalCore

extension SocketAddress {
  /// Resolves a host's name to its addresses, each with a port; blocks the thread until the system has answered.
  ///
  /// ```swift
  /// let addresses = try SocketAddress.resolve("example.com", port: 443)
  /// ```
  ///
  /// **Call it on a thread of the program's own**, and not on one that waits on a poll or that runs tasks. The system
  /// may ask servers, and gives up after many seconds if none of them answers. The thread can pass on the result by a
  /// waker. The call cannot be cancelled.
  ///
  /// The addresses are in the order of the system, which is the order in which to try them (RFC 6724). There is at least
  /// one. Text such as `192.0.2.1`, `2001:db8::1` or `fe80::1%eth0` is resolved without asking anybody, and so are
  /// short and octal forms of IPv4 addresses on most systems. A name with letters beyond ASCII has to be in Punycode.
  ///
  /// - Parameters:
  ///   - host: The name of a host, or an IP address without a port and without brackets.
  ///   - port: The port of each result, in host byte order.
  ///   - family: The family of all results; `nil` for both.
  /// - Throws: A ``ResolutionError``, with the cause in its kind.
  /// - Complexity: O(addresses). The system and this function allocate.
  ///
  /// Source: getaddrinfo(3); POSIX.1-2024.
  public static func resolve(
    _ host: String, port: UInt16, family: SocketFamily? = nil
  ) throws(ResolutionError) -> [SocketAddress] {
    var addresses = try addresses(of: host, service: nil, family: family, kind: .stream)
    for index in addresses.indices { addresses[index].port = port }
    return addresses
  }

  /// Resolves the names of a host and of a service to addresses; blocks the thread until the system has answered.
  ///
  /// **Call it on a thread of the program's own**: see ``resolve(_:port:family:)``, which this method follows.
  ///
  /// ```swift
  /// let addresses = try SocketAddress.resolve("example.com", service: "https")
  /// ```
  ///
  /// - Parameters:
  ///   - host: The name of a host, or an IP address without a port and without brackets.
  ///   - service: The name of a service that the system knows (services(5)), or a port in decimal. Some systems take
  ///     the last 16 bits of a greater number: pass a port by ``resolve(_:port:family:)`` instead.
  ///   - family: The family of all results; `nil` for both.
  ///   - kind: The kind of sockets that offer the service: TCP or UDP.
  /// - Throws: A ``ResolutionError``, with the cause in its kind.
  /// - Complexity: O(addresses). The system and this function allocate.
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
    // The system would stop at the zero byte, and resolve another name.
    guard !host.utf8.contains(0), service?.utf8.contains(0) != true else { throw ResolutionError(.invalidInput) }
    let number = family.map(SystemKernel.number) ?? AF_UNSPEC
    // Safety: the strings end with a zero, and live until the call returns. The list is freed once, at the end.
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
      // Safety: an address has as many bytes as the entry says.
      let bytes = unsafe UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
      if let address = try? unsafe SocketAddress(sockaddr: bytes.bytes) { addresses.append(address) }
    }
    guard !addresses.isEmpty else { throw ResolutionError(.nameNotFound) }
    return addresses
  }
}
