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

  /// Gives a socket its local address: a path in the machine's name space of sockets.
  ///
  /// - Throws: `.addressInUse` for a path that exists; `.unsupported` for an abstract name.
  ///
  /// Source: bind(2), unix(4).
  public func bind(_ descriptor: Int32, to address: UnixAddress) throws(IOError) {
    try Self.check(call(.bind, onSocket: descriptor) { world, socket in socket.bind(world, to: address) })
  }

  /// Connects to an address, at once.
  ///
  /// - Throws: `.notFound` for a path that does not exist; `.connectionRefused` if nobody
  ///   listens there, or the listener's queue is full.
  ///
  /// Source: connect(2), unix(4).
  public func connect(_ descriptor: Int32, to address: UnixAddress) throws(IOError) {
    try Self.check(
      call(.connect, onSocket: descriptor) { world, socket in socket.connect(world, to: address) })
  }

  /// Takes a connection off a listener's queue.
  ///
  /// Source: accept(2).
  public func accept(
    _ descriptor: Int32, into accepted: inout Int32, peerAddress: inout UnixAddress
  ) -> IOResult {
    var number = accepted
    var address = peerAddress
    let result = accept(descriptor) { descriptor, connection in
      number = descriptor
      if let peer = connection.peerUnixAddress { address = peer }
    }
    accepted = number
    peerAddress = address
    return result
  }

  /// Returns the address a socket is bound to.
  ///
  /// Source: getsockname(2).
  public func localUnixAddress(of descriptor: Int32) throws(IOError) -> UnixAddress {
    var address: UnixAddress?
    try Self.check(
      call(.getsockname, onSocket: descriptor) { _, socket in
        address = socket.localUnixAddress
        return address == nil ? .failure(.familyNotSupported) : .success()
      })
    return try Self.told(address)
  }

  /// Returns the address a socket is connected to.
  ///
  /// Source: getpeername(2).
  public func peerUnixAddress(of descriptor: Int32) throws(IOError) -> UnixAddress {
    var address: UnixAddress?
    try Self.check(
      call(.getpeername, onSocket: descriptor) { _, socket in
        guard socket.family == .unix else { return .failure(.familyNotSupported) }
        address = socket.peerUnixAddress
        return address == nil ? .failure(.notConnected) : .success()
      })
    return try Self.told(address)
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
