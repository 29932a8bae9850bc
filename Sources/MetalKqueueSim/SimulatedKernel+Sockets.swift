public import MetalCore

extension SimulatedKernel {
  /// Opens a socket.
  ///
  /// - Throws: `.tooManyOpenFiles`.
  ///
  /// Source: socket(2).
  public func openSocket(_ family: SocketFamily, _ kind: SocketKind) throws(IOError) -> Int32 {
    let result = call(.socket, -1) { _, node in
      guard !node.descriptors.isFull else { return .failure(.tooManyOpenFiles) }
      return .success(Int(node.descriptors.insert(Self.makeSocket(node, family, kind))))
    }
    return Int32(try Self.check(result))
  }

  private static func makeSocket(_ node: Node, _ family: SocketFamily, _ kind: SocketKind) -> Socket {
    switch (family, kind) {
    case (.unix, .stream): UnixStreamSocket(node, family, kind, node.profile)
    case (.unix, .datagram): UnixDatagramSocket(node, family, kind, node.profile)
    case (_, .stream): TCPSocket(node, family, kind, node.profile)
    case (_, .datagram): UDPSocket(node, family, kind, node.profile)
    }
  }

  /// Gives a socket its local address: one of its machine's, or all of them.
  ///
  /// - Throws: `.addressInUse`; `.addressNotAvailable` for what is no address of the
  ///   machine; `.invalidInput` if the socket has one already.
  ///
  /// Source: bind(2).
  public func bind(_ descriptor: Int32, to address: SocketAddress) throws(IOError) {
    try Self.check(call(.bind, onSocket: descriptor) { world, socket in socket.bind(world, to: address) })
  }

  /// Makes a socket accept connections.
  ///
  /// Source: listen(2).
  public func listen(_ descriptor: Int32, backlog: Int) throws(IOError) {
    guard backlog >= 0 else { throw IOError(.invalidInput) }
    try Self.check(
      call(.listen, onSocket: descriptor) { world, socket in socket.listen(world, backlog: backlog) })
  }

  /// Starts to connect; a TCP connection is told of by an event, also if it is refused.
  ///
  /// - Throws: `.networkUnreachable` if no machine has the address.
  ///
  /// Source: connect(2).
  public func connect(_ descriptor: Int32, to address: SocketAddress) throws(IOError) {
    let result = call(.connect, onSocket: descriptor) { world, socket in socket.connect(world, to: address) }
    if result != .failure(.inProgress) { try Self.check(result) }
  }

  /// Takes a connection off a listener's queue.
  ///
  /// Source: accept(2).
  public func accept(
    _ descriptor: Int32, into accepted: inout Int32, peerAddress: inout SocketAddress
  ) -> IOResult {
    var number = accepted
    var address = peerAddress
    let result = accept(descriptor) { world, connection in
      number = world
      if let peer = connection.peerAddress { address = peer }
    }
    accepted = number
    peerAddress = address
    return result
  }

  /// Takes a connection off a listener's queue and enters it among the descriptors.
  func accept(_ descriptor: Int32, _ body: (Int32, Socket) -> Void) -> IOResult {
    call(.accept, onSocket: descriptor) { world, listener in
      // A connection is left in the queue if there is no descriptor for it.
      if node.descriptors.isFull, (listener.waitingConnections ?? 0) > 0 {
        return .failure(.tooManyOpenFiles)
      }
      let (connection, errno) = listener.accept(world)
      guard let connection else { return .failure(errno) }
      body(node.descriptors.insert(connection), connection)
      return .success()
    }
  }

  /// Returns the address a socket is bound to.
  ///
  /// Source: getsockname(2).
  public func localAddress(of descriptor: Int32) throws(IOError) -> SocketAddress {
    var address: SocketAddress?
    try Self.check(
      call(.getsockname, onSocket: descriptor) { _, socket in
        address = socket.localAddress
        return address == nil ? .failure(.familyNotSupported) : .success()
      })
    return try Self.told(address)
  }

  /// Returns the address a socket is connected to.
  ///
  /// Source: getpeername(2).
  public func peerAddress(of descriptor: Int32) throws(IOError) -> SocketAddress {
    var address: SocketAddress?
    try Self.check(
      call(.getpeername, onSocket: descriptor) { _, socket in
        guard socket.family != .unix else { return .failure(.familyNotSupported) }
        address = socket.peerAddress
        return address == nil ? .failure(.notConnected) : .success()
      })
    return try Self.told(address)
  }

  /// Returns what a call has told that succeeded.
  static func told<T>(_ value: T?) throws(IOError) -> T {
    guard let value else { throw IOError(.other) }
    return value
  }

  /// Ends one or both directions of a connection.
  ///
  /// Source: shutdown(2).
  public func shutdown(_ descriptor: Int32, _ direction: ShutdownDirection) throws(IOError) {
    try Self.check(
      call(.shutdown, onSocket: descriptor) { world, socket in socket.shutdown(world, direction) })
  }
}
