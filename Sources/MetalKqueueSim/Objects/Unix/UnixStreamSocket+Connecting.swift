internal import MetalCore

// Connecting, listening and accepting.

extension UnixStreamSocket {
  /// Makes two unnamed streams that are connected with each other.
  static func makePair(_ kernel: KernelState) -> (Socket, Socket) {
    let first = UnixStreamSocket(kernel, .unix, .stream, kernel.profile)
    let second = UnixStreamSocket(kernel, .unix, .stream, kernel.profile)
    first.link(with: second)
    return (first, second)
  }

  private func link(with other: UnixStreamSocket) {
    state = .connected(other)
    other.state = .connected(self)
  }

  /// Connects at once, before the listener accepts: bytes that are sent meanwhile wait for the accepted socket (S18).
  func beginConnecting(_ world: World, to address: UnixAddress) -> IOResult {
    switch state {
    case .connected: return .failure(.alreadyConnected)
    case .listening: return .failure(.notSupported)
    // Systems let it connect again, and then read nothing on it; that is not modelled.
    case .disconnected: return .failure(.notSupported)
    case .idle: break
    }
    let (found, errno) = partner(at: address)
    guard let listener = found?.stream, let backlog = listener.backlog, !backlog.isFull else {
      // A full queue refuses at once (S16), as does a socket that does not listen.
      return .failure(errno)
    }
    let server = UnixStreamSocket(kernel, .unix, .stream, world.profile)
    server.options = listener.options
    server.name = listener.name
    link(with: server)
    backlog.append(server)
    listener.readers.touch(world)
    writers.touch(world)
    return .success()
  }

  /// Begins to accept connections on a socket that is bound, or goes on with another backlog.
  func beginListening(backlog limit: Int) -> IOResult {
    let limit = Backlog<UnixStreamSocket>.limit(limit)
    switch state {
    case .listening(let backlog): backlog.limit = limit
    case .idle where !name.isUnnamed: state = .listening(Backlog(limit: limit))
    case .idle, .connected, .disconnected: return .failure(.invalid)
    }
    return .success()
  }

  /// Takes the first of the waiting connections, also if its other end is gone already.
  ///
  /// That the other end is gone is reported by reading what it has sent, then the end, and not here as for TCP.
  func takeConnection() -> (socket: Socket?, errno: Errno) {
    guard let backlog else { return (nil, .invalid) }
    return (backlog.takeFirst(), .wouldBlock)
  }

  /// Ends the connections that wait, because no program will accept them.
  ///
  /// On macOS their other ends read the end of the stream, without an error. FreeBSD leaves a broken pipe (`uipc_abort`).
  func stopListening(_ backlog: Backlog<UnixStreamSocket>, _ world: World) {
    state = .disconnected
    while let connection = backlog.takeFirst() {
      if world.profile.unix.failsUnacceptedStreams { connection.peer?.pendingError = .brokenPipe }
      connection.close(world)
    }
  }
}
