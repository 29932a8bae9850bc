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
    case (.unix, .stream): UnixStreamSocket(state, family, kind, state.profile)
    case (.unix, .datagram): UnixDatagramSocket(state, family, kind, state.profile)
    case (_, .stream): TCPSocket(state, family, kind, state.profile)
    case (_, .datagram): UDPSocket(state, family, kind, state.profile)
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
    try call(.bind, onSocket: descriptor, address.erased) { world, socket in
      switch address.erased {
      case .internet(let address): socket.bind(world, to: address)
      case .unix(let address): socket.bind(world, to: address)
      }
    }.get()
  }

  /// Makes a socket accept connections.
  ///
  /// Source: listen(2).
  public func listen(_ descriptor: Int32, backlog: Int) throws(IOError) {
    guard backlog >= 0 else { throw IOError(.invalidInput) }
    try call(.listen, onSocket: descriptor) { world, socket in socket.listen(world, backlog: backlog) }.get()
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
    let result = call(.connect, onSocket: descriptor, address.erased) { world, socket in
      switch address.erased {
      case .unix(.unnamed): .failure(.invalid)
      case .internet(let address): socket.connect(world, to: address)
      case .unix(let address): socket.connect(world, to: address)
      }
    }
    if result != .failure(.inProgress) { try result.get() }
  }

  /// Takes a connection off a listener's queue.
  ///
  /// Source: accept(2).
  public func accept<Address: EndpointAddress>(
    _ descriptor: Int32, into accepted: inout Int32, from peerAddress: inout Address
  ) -> IOResult {
    var number = accepted
    var address = peerAddress
    let result = call(.accept, onSocket: descriptor) { world, listener in
      // A connection is left in the queue if there is no descriptor for it.
      if state.descriptors.isFull, (listener.waitingConnections ?? 0) > 0 {
        return .failure(.tooManyOpenFiles)
      }
      let (connection, errno) = listener.accept(world)
      if state.profile.queues.firesOnAccept, (listener.waitingConnections ?? 0) > 0 { listener.readers.touch(world) }
      guard let connection else { return .failure(errno) }
      let descriptor = state.descriptors.insert(connection)
      let peer = connection.peerAddress.flatMap { Address($0) }
      // Of a connection that was reset the address is not known any more.
      guard peer != nil || connection.peerAddress == nil && Address.isInternet == (connection.family != .unix) else {
        _ = state.close(descriptor, world)
        return .failure(.familyNotSupported)
      }
      number = descriptor
      address = peer ?? address
      return .success(Int(descriptor))
    }
    accepted = number
    peerAddress = address
    return result.isSuccess ? .success() : result
  }

  /// Returns the address a socket is bound to.
  ///
  /// Source: getsockname(2).
  public func localAddress<Address: EndpointAddress>(of descriptor: Int32) throws(IOError) -> Address {
    try value(.getsockname, of: descriptor) { socket in
      (socket.localAddress.flatMap { Address($0) }, .familyNotSupported)
    }
  }

  /// Returns the address a socket is connected to.
  ///
  /// Source: getpeername(2).
  public func peerAddress<Address: EndpointAddress>(of descriptor: Int32) throws(IOError) -> Address {
    try value(.getpeername, of: descriptor) { socket in
      guard Address.isInternet == (socket.family != .unix) else { return (nil, .familyNotSupported) }
      return (socket.peerAddress.flatMap { Address($0) }, .notConnected)
    }
  }

  /// Makes one call that asks a socket for a value, which is `nil` with the reason if there is none.
  func value<T>(
    _ name: Call, of descriptor: Int32, _ body: (Socket) -> (value: T?, errno: Errno)
  ) throws(IOError) -> T {
    var found: T?
    let result = call(name, onSocket: descriptor) { _, socket in
      let (value, errno) = body(socket)
      found = value
      return value == nil ? .failure(errno) : .success()
    }
    guard let found else { throw Self.error(for: result) }
    return found
  }

  /// Ends one or both directions of a connection.
  ///
  /// Source: shutdown(2).
  public func shutdown(_ descriptor: Int32, _ direction: ShutdownDirection) throws(IOError) {
    try call(.shutdown, onSocket: descriptor) { world, socket in socket.shutdown(world, direction) }.get()
  }
}
