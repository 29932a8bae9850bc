#if METAL_LINUX || METAL_FREEBSD || METAL_NETBSD || METAL_OPENBSD
// Linux, Android and the BSDs: one call opens a socket that is non-blocking and close-on-exec.

public import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Opens a socket.
  ///
  /// - Throws: The errors of socket(2). `.tooManyOpenFiles` or `.tooManyOpenFilesInSystem` if no descriptor is left.
  ///   `.noBufferSpace` or `.outOfMemory` if the system has no memory. `.unsupported` if the system lacks the family.
  ///   `.permissionDenied` if a sandbox refuses the socket.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: socket(2), `SOCK_NONBLOCK` and `SOCK_CLOEXEC`.
  public func openSocket(_ family: SocketFamily, _ kind: SocketKind) throws(IOError) -> Int32 {
    let descriptor = metal_socket(Self.number(of: family), Self.number(of: kind) | Int32(METAL_SOCK_NONBLOCK_CLOEXEC))
    try Self.check(descriptor)
    return descriptor
  }

  /// Takes a connection off a listener's queue.
  ///
  /// If the address of the peer is of another family, the method closes the connection and returns the negated
  /// `EAFNOSUPPORT`.
  ///
  /// - Returns: 0, or the negated errno.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: accept4(2), unix(7).
  @inlinable
  public func accept<Address: EndpointAddress>(
    _ descriptor: Int32, into accepted: inout Int32, from peerAddress: inout Address
  ) -> IOResult {
    var socket = -1
    // Safety: the call writes at most `length` bytes to `address`.
    let result = unsafe peerAddress.takeFromSystem { address, length in
      socket = unsafe metal_accept4(descriptor, address, &length, Int32(METAL_SOCK_NONBLOCK_CLOEXEC))
      return socket
    }
    guard result >= 0 else { return Self.refuse(Int32(truncatingIfNeeded: socket), result) }
    accepted = Int32(truncatingIfNeeded: socket)
    return IOResult(rawValue: 0)
  }

  /// Returns the result of a failed accept.
  ///
  /// If the address of the peer is of another family, the method first closes the connection.
  @usableFromInline @inline(never)
  static func refuse(_ descriptor: Int32, _ result: Int) -> IOResult {
    if descriptor >= 0 { _ = metal_close(descriptor) }
    return IOResult(rawValue: result)
  }

  /// Opens two Unix-domain sockets that are connected with each other.
  ///
  /// - Throws: `.tooManyOpenFiles` or `.tooManyOpenFilesInSystem` if no descriptor is left. `.noBufferSpace` or
  ///   `.outOfMemory` if the system has no memory.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: socketpair(2).
  public func openSocketPair(_ kind: SocketKind) throws(IOError) -> Pair<Int32, Int32> {
    var sockets = metal_pair()
    // Safety: the call writes two descriptors.
    try unsafe Self.check(metal_socketpair(Self.number(of: kind) | Int32(METAL_SOCK_NONBLOCK_CLOEXEC), &sockets))
    return Pair(sockets.fds.0, sockets.fds.1)
  }

  /// Opens a pipe.
  ///
  /// - Returns: The end for reading, and then the end for writing.
  /// - Throws: `.tooManyOpenFiles` or `.tooManyOpenFilesInSystem` if no descriptor is left. `.outOfMemory` if the
  ///   system has no memory.
  /// - Complexity: One system call; no allocation.
  ///
  /// Source: pipe2(2).
  public func openPipe() throws(IOError) -> Pair<Int32, Int32> {
    var ends = metal_pair()
    // Safety: the call writes two descriptors.
    try unsafe Self.check(metal_pipe2(&ends))
    return Pair(ends.fds.0, ends.fds.1)
  }
}
#endif
