public import MetalCore

extension SimulatedKernel {
  /// Opens two Unix-domain sockets that are connected with each other.
  ///
  /// - Throws: `.tooManyOpenFiles`.
  ///
  /// Source: socketpair(2).
  public func openSocketPair(_ kind: SocketKind) throws(IOError) -> Pair<Int32, Int32> {
    var descriptors = Pair<Int32, Int32>(-1, -1)
    try Self.check(
      call(.socketpair, -1) { _, node in
        guard node.descriptors.count + 2 <= node.descriptors.limit else { return .failure(.tooManyOpenFiles) }
        let (first, second) = Self.makeUnixPair(node, kind)
        descriptors = Pair(node.descriptors.insert(first), node.descriptors.insert(second))
        return .success()
      })
    return descriptors
  }

  private static func makeUnixPair(_ node: Node, _ kind: SocketKind) -> (Socket, Socket) {
    switch kind {
    case .stream: UnixStreamSocket.makePair(node)
    case .datagram: UnixDatagramSocket.makePair(node)
    }
  }
}

// MARK: - The name space

extension SimulatedKernel {
  /// The paths of the sockets' files on the machine, in the order of their bytes.
  ///
  /// A path is its bytes, as in a file system: two paths that are equal as strings, since their characters are, may be
  /// two files. A file stays when its socket is closed.
  public var socketPaths: [UnixAddress] {
    let _ = simulation.enter()
    defer { simulation.leave() }
    return node.socketFiles.paths
  }

  /// Removes a socket's file, as a program does before it binds to the path again.
  ///
  /// - Throws: `.notFound` if there is none.
  ///
  /// Source: unlink(2).
  public func removeSocketFile(_ address: UnixAddress) throws(IOError) {
    let _ = simulation.enter()
    defer { simulation.leave() }
    guard node.socketFiles.remove(address) else { throw Errno.noEntry.error }
  }

  /// Removes a socket's file by the UTF-8 bytes of its path.
  ///
  /// - Throws: `.notFound` if there is none, or the path is none that a socket can have.
  ///
  /// Source: unlink(2).
  public func removeSocketFile(_ path: String) throws(IOError) {
    let address: UnixAddress
    do throws(IOError) { address = try UnixAddress(pathname: path) } catch { throw Errno.noEntry.error }
    try removeSocketFile(address)
  }
}
