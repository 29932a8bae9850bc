internal import MetalCore

// The handshake, from both sides.

extension TCPSocket {
  // MARK: The side that connects

  /// How long a connection attempt goes on that nobody answers.
  private static var attemptTimeout: Int64 { 75_000_000_000 }

  func beginConnecting(_ world: World, to address: SocketAddress) -> IOResult {
    switch state {
    case .connected: return .failure(.alreadyConnected)
    case .connecting: return .failure(.already)
    case .listening: return .failure(.notSupported)
    case .broken: return .failure(.invalid)
    case .idle: break
    }
    let (destination, errno) = destination(address)
    guard let target = destination else { return .failure(errno) }
    guard !target.isMulticast else { return .failure(.networkUnreachable) }
    guard let other = world.kernel(with: target, from: kernel) else { return .failure(.networkUnreachable) }
    let bindResult = bindIfNeeded(world)
    guard bindResult.isSuccess, let bound else { return bindResult }
    let source = kernel.host.source(towards: target, port: bound.port)
    local = bound.isUnspecified ? source : bound
    remote = target
    state = .connecting
    attemptStart = world.now
    request(other, target, delay: 1_000_000_000, world)
    return .failure(.inProgress)
  }

  /// Asks for a connection, and again after a while if the other side has no room for it.
  private func request(_ other: KernelState, _ target: SocketAddress, delay: Int64, _ world: World) {
    world.transmit(from: kernel, to: other, after: way) { [self] world in
      guard state == .connecting else { return }
      // A packet goes to the connection that it belongs to, before any listener. This one is its own other side: the
      // simultaneous open of RFC 9293, section 3.5, with itself (S24).
      if other === kernel, let local, local.sharesHostAndPort(with: target) {
        return world.transmit(from: kernel, to: kernel, after: way) { [self] world in
          becomeConnected(with: self, world)
        }
      }
      guard let listener = TCPSocket.listener(on: other, for: target) else {
        return world.transmit(from: other, to: kernel, after: Way()) { [self] world in
          fail(.connectionRefused, world)
        }
      }
      if listener.isFull {
        listener.turnAway(self, world) { [self] world in again(other, target, delay: delay, world) }
      } else {
        listener.admit(self, world)
      }
    }
  }

  private func again(_ other: KernelState, _ target: SocketAddress, delay: Int64, _ world: World) {
    let passed = world.now - attemptStart
    guard passed + delay < Self.attemptTimeout else {
      return world.after(Self.attemptTimeout - passed) { [self] world in
        if state == .connecting { fail(.timedOut, world) }
      }
    }
    world.after(delay) { [self] world in
      guard state == .connecting else { return }
      request(other, target, delay: delay * 2, world)
    }
  }

  /// The other side has agreed.
  func becomeConnected(with server: TCPSocket, _ world: World) {
    guard state == .connecting else { return }
    state = .connected
    peer = server
    server.promised = server.options.receiveBufferSize
    credit = server.promised
    touchConnected(world)
  }

  private func touchConnected(_ world: World) {
    // The reading filter runs as well, and finds nothing (S2).
    writers.touch(world)
    readers.touch(world)
  }

  // MARK: The side that listens

  func beginListening(_ world: World, backlog: Int) -> IOResult {
    guard state == .idle || state == .listening else { return .failure(.invalid) }
    guard backlog >= 0 else { return .failure(.invalid) }
    let bindResult = bindIfNeeded(world)
    guard bindResult.isSuccess else { return bindResult }
    state = .listening
    self.backlog = min(backlog, 65_535)
    return .success()
  }

  /// The listener that takes what is sent to an address.
  static func listener(on kernel: KernelState, for address: SocketAddress) -> TCPSocket? {
    var best: TCPSocket?
    var bestFitness = 0
    for bound in kernel.tcpPorts.sockets(on: address.port) {
      guard let socket = bound.tcp, socket.state == .listening else { continue }
      let fitness = socket.fitness(for: address)
      if fitness > bestFitness {
        best = socket
        bestFitness = fitness
      }
    }
    return best
  }

  /// Whether as many connections wait as may; a backlog of 0 is as 1.
  var isFull: Bool { completed.count + unfinished >= max(backlog, 1) }

  /// Takes up a connection: answers, and queues it when the answer was answered.
  func admit(_ client: TCPSocket, _ world: World) {
    guard let target = client.remote, let source = client.local else { return }
    let server = TCPSocket(kernel, family, .stream, world.profile)
    server.options = options
    server.state = .connecting
    server.local = target
    server.remote = source
    server.isAccepted = true
    server.peer = client
    client.promised = client.options.receiveBufferSize
    server.credit = client.promised
    ports.addConnection(target.port)
    unfinished += 1
    client.peer = server
    world.transmit(from: kernel, to: client.kernel, after: server.way) { [self] world in
      client.becomeConnected(with: server, world)
      world.transmit(from: client.kernel, to: kernel, after: client.way) { [self] world in
        unfinished -= 1
        server.complete(self, world)
      }
    }
  }

  /// The handshake is finished: the connection waits to be accepted.
  private func complete(_ listener: TCPSocket, _ world: World) {
    guard state == .connecting else {
      // The other side has given up meanwhile: nobody will accept it.
      isClosed = true
      return leave(world)
    }
    state = .connected
    if listener.isClosed {
      isClosed = true
      return abort(world)
    }
    listener.completed.append(self)
    listener.readers.touch(world)
  }

  /// Has no room for a connection (S16): says nothing, or agrees and takes it back.
  func turnAway(_ client: TCPSocket, _ world: World, _ again: @escaping (World) -> Void) {
    guard !world.profile.dropsOnFullBacklog else { return again(world) }
    let nobody = TCPSocket(kernel, family, .stream, world.profile)
    nobody.isClosed = true
    world.transmit(from: kernel, to: client.kernel, after: nobody.way) { world in
      client.becomeConnected(with: nobody, world)
      // Only the end of the handshake finds that there is no room.
      world.transmit(from: client.kernel, to: nobody.kernel, after: client.way) { world in
        world.transmit(from: nobody.kernel, to: client.kernel, after: nobody.way) { world in client.reset(world) }
      }
    }
  }

  /// Takes the first of the waiting connections; `nil` with the reason if there is none.
  func takeConnection(_ world: World) -> (socket: Socket?, errno: Errno) {
    guard state == .listening else { return (nil, .invalid) }
    guard let connection = completed.takeFirst() else { return (nil, .wouldBlock) }
    guard connection.state == .connected else {
      // The other end has given up while it waited (S15).
      connection.isClosed = true
      connection.leave(world)
      return (nil, .connectionAborted)
    }
    return (connection, .wouldBlock)
  }

  /// Nobody will accept what waits.
  func stopListening(_ world: World) {
    state = .broken
    while let connection = completed.takeFirst() {
      connection.isClosed = true
      if connection.state == .connected { connection.abort(world) } else { connection.leave(world) }
    }
    leave(world)
  }
}
