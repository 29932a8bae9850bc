public import MetalCore

extension SimulatedKernel {
  /// Opens a socket.
  ///
  /// - Throws: `.tooManyOpenFiles`.
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

  /// Gives a socket its local address: one of its machine's, all of them, or a path in its name space of sockets.
  ///
  /// - Throws: `.addressInUse`, also for a path that exists; `.addressNotAvailable` for what is no address of the
  ///   machine; `.invalidInput` if the socket has one already; `.unsupported` for an abstract name, and for the unnamed
  ///   address.
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
  /// Source: listen(2).
  public func listen(_ descriptor: Int32, backlog: Int) throws(IOError) {
    guard backlog >= 0 else { throw IOError(.invalidInput) }
    try call(.listen, onSocket: descriptor) { world, socket throws(Errno) in
      try socket.listen(world, backlog: backlog)
    }
  }

  /// Starts to connect; a TCP connection is reported by an event, also if it is refused or nobody answers.
  ///
  /// Nobody answers for an address that is one of the machines' network, but that no machine has.
  ///
  /// - Throws: `.networkUnreachable` if the address is of no network that the machine is on; `.addressNotAvailable` if no
  ///   port is free, for which ``Simulation/diagnosis`` has the reason; `.notFound` for a path that does not exist;
  ///   `.connectionRefused` if no socket listens there, or the listener's queue is full; `.invalidInput` for the unnamed
  ///   address.
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
      // A connection is left in the queue if there is no descriptor for it.
      if state.descriptors.isFull, (listener.waitingConnections ?? 0) > 0 { throw .tooManyOpenFiles }
      let accepted = Result { () throws(Errno) in try listener.accept(world) }
      if state.profile.queues.firesOnAccept, (listener.waitingConnections ?? 0) > 0 { listener.readers.touch(world) }
      let connection = try accepted.get()
      let descriptor = state.descriptors.insert(connection)
      let peer = connection.peerAddress.flatMap { Address($0) }
      // Of a connection that was reset the address is not known any more.
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

  /// Returns the address a socket is bound to.
  ///
  /// Source: getsockname(2).
  public func localAddress<Address: EndpointAddress>(of descriptor: Int32) throws(IOError) -> Address {
    try call(.getsockname, onSocket: descriptor) { _, socket throws(Errno) in
      guard let address = socket.localAddress.flatMap({ Address($0) }) else { throw .familyNotSupported }
      return address
    }
  }

  /// Returns the address a socket is connected to.
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
  /// Source: shutdown(2).
  public func shutdown(_ descriptor: Int32, _ direction: ShutdownDirection) throws(IOError) {
    try call(.shutdown, onSocket: descriptor) { world, socket throws(Errno) in
      try socket.shutdown(world, direction)
    }
  }
}
