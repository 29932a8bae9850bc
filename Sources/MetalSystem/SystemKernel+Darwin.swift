#if METAL_DARWIN
// Darwin: separate calls make a new socket non-blocking, close-on-exec and free of SIGPIPE.

internal import CMetalSystem
public import MetalCore

extension SystemKernel {
  /// Opens a socket.
  ///
  /// - Throws: The errors of socket(2). `.tooManyOpenFiles` or `.tooManyOpenFilesInSystem` if no descriptor is left.
  ///   `.noBufferSpace` or `.outOfMemory` if the system has no memory. `.unsupported` if the system lacks the family.
  /// - Complexity: Five system calls; no allocation.
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
  /// If the peer has reset the connection before this call, the result is the negated `ECONNABORTED`. The system
  /// returns a reset connection without an address, and does not set its options.
  ///
  /// - Returns: 0, or the negated errno.
  /// - Complexity: Up to six system calls; no allocation.
  ///
  /// Source: accept(2), unix(4), macOS; `accept_nocancel` in bsd/kern/uipc_syscalls.c and `sosetoptlock` in
  /// bsd/kern/uipc_socket.c, xnu.
  public func accept<Address: EndpointAddress>(
    _ descriptor: Int32, into accepted: inout Int32, from peerAddress: inout Address
  ) -> IOResult {
    var socket: Int32 = -1
    var peer = peerAddress
    // Safety: the call writes at most `length` bytes to `address`.
    let result = unsafe peer.takeFromSystem { address, length in
      socket = unsafe metal_accept(descriptor, address, &length)
      return Int(socket)
    }
    guard socket >= 0 else { return IOResult(rawValue: result) }
    // The system returns a TCP connection without an address if the peer has reset it.
    guard result >= 0 else { return Self.abandon(socket, Address.isInternet ? EINVAL : EAFNOSUPPORT) }
    let prepared = Self.prepare(socket)
    if prepared < 0 { return Self.abandon(socket, -prepared) }
    accepted = socket
    peerAddress = peer
    return IOResult(rawValue: 0)
  }

  /// Opens two Unix-domain sockets that are connected with each other.
  ///
  /// - Throws: `.tooManyOpenFiles` or `.tooManyOpenFilesInSystem` if no descriptor is left. `.noBufferSpace` or
  ///   `.outOfMemory` if the system has no memory.
  /// - Complexity: Nine system calls; no allocation.
  ///
  /// Source: socketpair(2), macOS.
  public func openSocketPair(_ kind: SocketKind) throws(IOError) -> Pair<Int32, Int32> {
    var sockets = metal_pair()
    // Safety: the call writes two descriptors.
    try unsafe Self.check(metal_socketpair(Self.number(of: kind), &sockets))
    return try Self.prepared(sockets, Self.prepare)
  }

  /// Opens a pipe.
  ///
  /// - Returns: The end for reading, and then the end for writing.
  /// - Throws: `.tooManyOpenFiles` or `.tooManyOpenFilesInSystem` if no descriptor is left. `.outOfMemory` if the
  ///   system has no memory.
  /// - Complexity: Seven system calls; no allocation.
  ///
  /// Source: pipe(2), `F_SETNOSIGPIPE` in fcntl(2), macOS.
  public func openPipe() throws(IOError) -> Pair<Int32, Int32> {
    var ends = metal_pair()
    // Safety: the call writes two descriptors.
    try unsafe Self.check(metal_pipe(&ends))
    return try Self.prepared(ends, Self.prepareToRead)
  }

  /// Writes bytes to a pipe, without raising `SIGPIPE`.
  ///
  /// - Returns: The number of bytes written, or the negated errno.
  /// - Complexity: Two system calls; no allocation.
  ///
  /// Source: write(2), writev(2), `F_SETNOSIGPIPE` in fcntl(2), macOS.
  public func write<Bytes: IOBytes & ~Copyable & ~Escapable>(
    _ descriptor: Int32, _ bytes: borrowing Bytes
  ) -> IOResult {
    let prepared = metal_set_no_sigpipe(descriptor)
    guard prepared == 0 else { return IOResult(rawValue: Int(prepared)) }
    // Safety: the call only reads the bytes.
    return unsafe bytes.withUnsafeRegions { memory, count in
      IOResult(
        rawValue: unsafe Bytes.isContiguous
          ? metal_write(descriptor, memory, count)
          : metal_writev(descriptor, memory, count))
    }
  }

  /// Closes an accepted connection that the program cannot use.
  ///
  /// Calls on the socket of a reset connection fail with `EINVAL`. The program gets `ECONNABORTED` instead of `EINVAL`.
  ///
  /// - Returns: The result for the error of the connection.
  private static func abandon(_ descriptor: Int32, _ code: Int32) -> IOResult {
    _ = metal_close(descriptor)
    return IOResult(rawValue: code == EINVAL ? -Int(ECONNABORTED) : -Int(code))
  }

  /// Prepares both descriptors.
  ///
  /// If a call fails, the method closes both descriptors.
  private static func prepared(_ pair: metal_pair, _ prepare: (Int32) -> Int32) throws(IOError) -> Pair<Int32, Int32> {
    let (first, second) = pair.fds
    for descriptor in [first, second] {
      let result = prepare(descriptor)
      if result < 0 {
        _ = metal_close(first)
        _ = metal_close(second)
        try check(result)
      }
    }
    return Pair(first, second)
  }

  /// Prepares a socket.
  ///
  /// - Returns: 0, or the negated errno of the call that failed.
  private static func prepare(_ descriptor: Int32) -> Int32 {
    let prepared = prepareToRead(descriptor)
    guard prepared == 0 else { return prepared }
    return metal_set_option(descriptor, SOL_SOCKET, SO_NOSIGPIPE, 1)
  }

  /// Makes a descriptor close-on-exec and non-blocking.
  ///
  /// - Returns: 0, or the negated errno of the call that failed.
  private static func prepareToRead(_ descriptor: Int32) -> Int32 {
    let closeOnExec = metal_set_close_on_exec(descriptor)
    guard closeOnExec == 0 else { return closeOnExec }
    let flags = metal_get_status_flags(descriptor)
    guard flags >= 0 else { return flags }
    return metal_set_status_flags(descriptor, flags | O_NONBLOCK)
  }
}
#endif
