public import MetalCore

extension SimulatedKernel {
  /// Opens a socket.
  ///
  /// - Throws: `.tooManyOpenFiles`.
  ///
  /// Source: socket(2).
  public func openSocket(_ family: SocketFamily, _ kind: SocketKind) throws(IOError) -> Int32 {
    let result = call(.socket) { _ in
      guard !state.descriptors.isFull else { return .failure(.tooManyOpenFiles) }
      return .success(Int(state.descriptors.insert(Self.makeSocket(state, family, kind))))
    }
    return Int32(try Self.check(result))
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
    try Self.check(
      call(.bind, onSocket: descriptor) { world, socket in
        switch address.erased {
        case .internet(let address): socket.bind(world, to: address)
        case .unix(let address): socket.bind(world, to: address)
        }
      })
  }

  /// Makes a socket accept connections.
  ///
  /// Source: listen(2).
  public func listen(_ descriptor: Int32, backlog: Int) throws(IOError) {
    guard backlog >= 0 else { throw IOError(.invalidInput) }
    try Self.check(
      call(.listen, onSocket: descriptor) { world, socket in socket.listen(world, backlog: backlog) })
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
    let result = call(.connect, onSocket: descriptor) { world, socket in
      switch address.erased {
      case .unix(.unnamed): .failure(.invalid)
      case .internet(let address): socket.connect(world, to: address)
      case .unix(let address): socket.connect(world, to: address)
      }
    }
    if result != .failure(.inProgress) { try Self.check(result) }
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
      let peer: Address? = connection.peer()
      // Of a connection that was reset the address is not known any more.
      guard peer != nil || connection.isWithoutPeer && Address.isInternet == (connection.family != .unix) else {
        _ = state.close(descriptor, world)
        return .failure(.familyNotSupported)
      }
      number = descriptor
      address = peer ?? address
      return .success()
    }
    accepted = number
    peerAddress = address
    return result
  }

  /// Returns the address a socket is bound to.
  ///
  /// Source: getsockname(2).
  public func localAddress<Address: EndpointAddress>(of descriptor: Int32) throws(IOError) -> Address {
    var address: Address?
    try Self.check(
      call(.getsockname, onSocket: descriptor) { _, socket in
        address = socket.local()
        return address == nil ? .failure(.familyNotSupported) : .success()
      })
    return try Self.unwrap(address)
  }

  /// Returns the address a socket is connected to.
  ///
  /// Source: getpeername(2).
  public func peerAddress<Address: EndpointAddress>(of descriptor: Int32) throws(IOError) -> Address {
    var address: Address?
    try Self.check(
      call(.getpeername, onSocket: descriptor) { _, socket in
        guard Address.isInternet == (socket.family != .unix) else { return .failure(.familyNotSupported) }
        address = socket.peer()
        return address == nil ? .failure(.notConnected) : .success()
      })
    return try Self.unwrap(address)
  }

  /// Returns the value that a successful call has found.
  static func unwrap<T>(_ value: T?) throws(IOError) -> T {
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

extension Socket {
  /// The address it is bound to, if that is of a kind.
  fileprivate func local<Address: EndpointAddress>() -> Address? {
    (localAddress.map { .internet($0) } ?? localUnixAddress.map { .unix($0) }).flatMap { Address($0) }
  }

  /// The address it is connected to, if that is of a kind.
  fileprivate func peer<Address: EndpointAddress>() -> Address? {
    (peerAddress.map { .internet($0) } ?? peerUnixAddress.map { .unix($0) }).flatMap { Address($0) }
  }

  fileprivate var isWithoutPeer: Bool { peerAddress == nil && peerUnixAddress == nil }
}
