public import MetalCore

extension SimulatedKernel {
  /// Opens a socket.
  ///
  /// - Throws: `.tooManyOpenFiles` if ``descriptorLimit`` is reached.
  ///
  /// Source: socket(2).
  public func openSocket(_ family: SocketFamily, _ kind: SocketKind) throws(IOError) -> Int32 {
    Int32(try call(.socket) { _, _ in open(Self.makeSocket(state, family, kind)) }.get())
  }

  private static func makeSocket(_ state: KernelState, _ family: SocketFamily, _ kind: SocketKind) -> Socket {
    switch (family, kind) {
    case (.unix, .stream): UnixStreamSocket(state, family, kind)
    case (.unix, .datagram): UnixDatagramSocket(state, family, kind)
    case (_, .stream): TCPSocket(state, family, kind)
    case (_, .datagram): UDPSocket(state, family, kind)
    }
  }

  /// Gives a socket its local address: one or all addresses of the machine, or the path of a socket file.
  ///
  /// - Throws: `.addressInUse` for an address in use, or an existing path; `.addressNotAvailable` for an address that
  ///   the machine does not have, or if no port is free; `.invalidInput` for a socket that has an address, or a path
  ///   above 104 bytes; `.unsupported` for an address of another family, an abstract name, or the unnamed address.
  ///
  /// Source: bind(2), unix(4).
  public func bind<Address: EndpointAddress>(_ descriptor: Int32, to address: Address) throws(IOError) {
    try call(.bind, onSocket: descriptor, address.erased) { world, socket throws(Errno) in
      switch address.erased {
      case .internet(let address): try socket.bind(world, to: address)
      case .unix(let address): try socket.bind(world, to: address)
      }
    }
  }

  /// Makes a socket accept connections.
  ///
  /// - Throws: `.invalidInput` for a negative backlog, a socket with a connection, or a Unix-domain stream without a
  ///   path; `.unsupported` for a datagram socket; `.addressNotAvailable` if no port is free.
  ///
  /// Source: listen(2).
  public func listen(_ descriptor: Int32, backlog: Int) throws(IOError) {
    guard backlog >= 0 else { throw IOError(.invalidInput) }
    try call(.listen, onSocket: descriptor) { world, socket throws(Errno) in
      try socket.listen(world, backlog: backlog)
    }
  }

  /// Starts to connect a socket.
  ///
  /// An event reports the success or the failure of a TCP connection. No machine answers for an unused address.
  ///
  /// - Throws: `.networkUnreachable` if the machine is not on the network of the address; `.addressNotAvailable` for
  ///   port 0, or if no port is free: see ``Simulation/diagnosis``; `.addressInUse` if another socket has the same two
  ///   addresses; `.notFound` for a path that does not exist; `.connectionRefused` if no socket listens at the path, or
  ///   the listener's queue is full; `.connectionInProgress` or `.alreadyConnected` if the socket has connected before;
  ///   `.invalidInput` for the unnamed address, an address that the socket's own cannot reach, or after a failed
  ///   attempt; `.unsupported` for a listener, or an address of another family or kind.
  ///
  /// Source: connect(2), unix(4).
  public func connect<Address: EndpointAddress>(_ descriptor: Int32, to address: Address) throws(IOError) {
    do throws(IOError) {
      try call(.connect, onSocket: descriptor, address.erased) { world, socket throws(Errno) in
        switch address.erased {
        case .unix(.unnamed): throw .invalid
        case .internet(let address): try socket.connect(world, to: address)
        case .unix(let address): try socket.connect(world, to: address)
        }
      }
    } catch {
      if error.code != Errno.inProgress.rawValue { throw error }
    }
  }

  /// Takes a connection off a listener's queue.
  ///
  /// Source: accept(2).
  public func accept<Address: EndpointAddress>(
    _ descriptor: Int32, into accepted: inout Int32, from peerAddress: inout Address
  ) -> IOResult {
    var number = accepted
    var address = peerAddress
    let result = call(.accept, onFile: descriptor) { world, file throws(Errno) in
      let listener = try file.socket(for: .accept)
      // Without a free descriptor, the connection stays in the queue.
      if state.descriptors.isFull, (listener.waitingConnections ?? 0) > 0 { throw .tooManyOpenFiles }
      let accepted = Result { () throws(Errno) in try listener.accept(world) }
      if state.profile.queues.firesOnAccept, (listener.waitingConnections ?? 0) > 0 { listener.readers.touch(world) }
      let connection = try accepted.get()
      let descriptor = state.descriptors.insert(connection)
      let peer = connection.peerAddress.flatMap { Address($0) }
      // A connection no longer has an address after a reset.
      guard peer != nil || connection.peerAddress == nil && Address.isInternet == (connection.family != .unix) else {
        _ = state.close(descriptor, world)
        throw .familyNotSupported
      }
      number = descriptor
      address = peer ?? address
      return Int(descriptor)
    }
    accepted = number
    peerAddress = address
    return result.isSuccess ? .success() : result
  }

  /// Returns the address that a socket is bound to.
  ///
  /// - Throws: `.unsupported` for an address type of another family; `.invalidInput` after a reset, as on NetBSD.
  ///
  /// Source: getsockname(2).
  public func localAddress<Address: EndpointAddress>(of descriptor: Int32) throws(IOError) -> Address {
    try call(.getsockname, onSocket: descriptor) { _, socket throws(Errno) in
      guard let address = socket.localAddress.flatMap({ Address($0) }) else { throw .familyNotSupported }
      return address
    }
  }

  /// Returns the address that a socket is connected to.
  ///
  /// - Throws: `.unsupported` for an address type of another family; `.notConnected` without a peer.
  ///
  /// Source: getpeername(2).
  public func peerAddress<Address: EndpointAddress>(of descriptor: Int32) throws(IOError) -> Address {
    try call(.getpeername, onSocket: descriptor) { _, socket throws(Errno) in
      guard Address.isInternet == (socket.family != .unix) else { throw .familyNotSupported }
      guard let address = socket.peerAddress.flatMap({ Address($0) }) else { throw .notConnected }
      return address
    }
  }

  /// Ends one or both directions of a connection.
  ///
  /// - Throws: `.notConnected` without a connection; `.invalidInput` after a reset, as on NetBSD.
  ///
  /// Source: shutdown(2).
  public func shutdown(_ descriptor: Int32, _ direction: ShutdownDirection) throws(IOError) {
    try call(.shutdown, onSocket: descriptor) { world, socket throws(Errno) in
      try socket.shutdown(world, direction)
    }
  }
}
