#if canImport(Darwin)
// Darwin: a new socket is made non-blocking, close-on-exec and SIGPIPE-free by calls of their own.

public import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Opens a socket.
  ///
  /// Source: socket(2), fcntl(2), `SO_NOSIGPIPE` in setsockopt(2), macOS.
  public func openSocket(_ family: SocketFamily, _ kind: SocketKind) throws(IOError) -> Int32 {
    let descriptor = metal_socket(Self.number(of: family), Self.number(of: kind))
    try Self.check(descriptor)
    let result = Self.prepare(descriptor)
    if result < 0 {
      _ = metal_close(descriptor)
      try Self.check(result)
    }
    return descriptor
  }

  /// Takes a connection off a listener's queue.
  ///
  /// Source: accept(2), macOS.
  public func accept(
    _ descriptor: Int32, into accepted: inout Int32, peerAddress: inout SocketAddress
  ) -> IOResult {
    var raw = metal_ip_address()
    // Safety: the call writes at most the structure's size.
    let result = unsafe metal_accept(descriptor, &raw)
    guard result >= 0 else { return IOResult(rawValue: Int(result)) }
    guard let address = SocketAddress(raw) else { return Self.refuse(result) }
    let prepared = Self.prepare(result)
    if prepared < 0 {
      _ = metal_close(result)
      return IOResult(rawValue: Int(prepared))
    }
    accepted = result
    peerAddress = address
    return IOResult(rawValue: 0)
  }

  /// Returns 0, or the negated errno of the call that failed.
  private static func prepare(_ descriptor: Int32) -> Int32 {
    let closeOnExec = metal_set_close_on_exec(descriptor)
    guard closeOnExec == 0 else { return closeOnExec }
    let flags = metal_get_status_flags(descriptor)
    guard flags >= 0 else { return flags }
    let nonBlocking = metal_set_status_flags(descriptor, flags | Int32(METAL_O_NONBLOCK))
    guard nonBlocking == 0 else { return nonBlocking }
    return metal_set_option(descriptor, Int32(METAL_SOL_SOCKET), Int32(METAL_SO_NOSIGPIPE), 1)
  }
}
#endif
