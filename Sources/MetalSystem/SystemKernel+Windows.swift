#if METAL_WINDOWS
// Windows: sockets of Winsock. The C function that opens a socket makes it non-blocking and not inheritable.

public import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Opens a socket.
  ///
  /// A datagram socket reports refused datagrams only after ``connect(_:to:)``.
  ///
  /// - Throws: The errors of WSASocketW. `.tooManyOpenFiles` if no socket is left. `.noBufferSpace` if the system has
  ///   no memory. `.unsupported` if the system lacks the family, and for datagrams in the Unix domain. For the first
  ///   socket of the process, also the errors of WSAStartup.
  /// - Complexity: Two system calls for a stream and four for a datagram socket; no allocation.
  ///
  /// Source: WSASocketW, `FIONBIO` in "Winsock IOCTLs", `SIO_UDP_CONNRESET`; Microsoft's documentation.
  public func openSocket(_ family: SocketFamily, _ kind: SocketKind) throws(IOError) -> Int {
    // Windows 10 has streams in the Unix domain, but no datagrams.
    guard family != .unix || kind == .stream else { throw IOError(.unsupported) }
    let socket = metal_socket(Self.number(of: family), Self.number(of: kind))
    try Self.check(socket)
    return socket
  }

  /// Takes a connection off a listener's queue.
  ///
  /// If the peer has reset the connection before this call, the result is the negated `WSAECONNABORTED`. If the address
  /// of the peer is of another family, the method closes the connection and returns the negated `WSAEAFNOSUPPORT`.
  ///
  /// - Returns: 0, or the negated number of the error.
  /// - Complexity: Three system calls; no allocation.
  ///
  /// Source: accept, SetHandleInformation, `FIONBIO` in "Winsock IOCTLs"; Microsoft's documentation.
  public func accept<Address: EndpointAddress>(
    _ descriptor: Int, into accepted: inout Int, from peerAddress: inout Address
  ) -> IOResult {
    var socket = Self.noDescriptor
    // Safety: the call writes at most `length` bytes to `address`.
    let result = unsafe peerAddress.takeFromSystem { address, length in
      socket = unsafe metal_accept(descriptor, address, &length)
      return socket
    }
    guard result >= 0 else {
      if socket >= 0 { _ = metal_close(socket) }
      return IOResult(rawValue: result)
    }
    accepted = socket
    return IOResult(rawValue: 0)
  }

  /// Reads bytes from a socket.
  ///
  /// Windows has no pipes that share the calls of sockets.
  ///
  /// - Returns: The number of bytes read, 0 at the end of the stream, or the negated number of the error.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: recv, WSARecv; Microsoft's documentation.
  @inlinable
  public func read<Buffer: MutableIOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int, into buffer: consuming Buffer
  ) -> IOResult {
    receive(descriptor, into: buffer, isPeek: false)
  }

  /// Writes bytes to a socket.
  ///
  /// - Returns: The number of bytes written, or the negated number of the error.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: send, WSASend; Microsoft's documentation.
  @inlinable
  public func write<Bytes: IOBytes & ~Copyable & ~Escapable>(_ descriptor: Int, _ bytes: borrowing Bytes) -> IOResult {
    send(descriptor, bytes)
  }

  /// Makes operations on a socket non-blocking or blocking.
  ///
  /// - Throws: `.badDescriptor` if the number is not that of an open socket.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: `FIONBIO` in "Winsock IOCTLs"; Microsoft's documentation.
  public func setNonBlocking(_ isNonBlocking: Bool, of descriptor: Int) throws(IOError) {
    try Self.check(metal_set_non_blocking(descriptor, isNonBlocking ? 1 : 0))
  }
}
#endif
