internal import MetalCore

// How connections come about, and who is on them.

extension UnixStreamSocket {
  /// Makes two unnamed streams that are connected with each other.
  static func makePair(_ kernel: KernelState) -> (Socket, Socket) {
    let first = UnixStreamSocket(kernel, .unix, .stream, kernel.profile)
    let second = UnixStreamSocket(kernel, .unix, .stream, kernel.profile)
    first.link(with: second)
    return (first, second)
  }

  private func link(with other: UnixStreamSocket) {
    peer = other
    other.peer = self
    state = .connected
    other.state = .connected
  }

  /// Connects at once, before anybody accepts: what is sent meanwhile is kept for whoever does (S18).
  func beginConnecting(_ world: World, to address: UnixAddress) -> IOResult {
    switch state {
    case .connected: return .failure(.alreadyConnected)
    case .listening: return .failure(.notSupported)
    // Systems let it connect again, and then read nothing on it; that is not modelled.
    case .disconnected: return .failure(.notSupported)
    case .idle: break
    }
    let (found, errno) = partner(at: address)
    guard let listener = found?.stream, listener.state == .listening, !listener.isFull else {
      // A full queue refuses at once (S16), as does a socket that does not listen.
      return .failure(errno)
    }
    let server = UnixStreamSocket(kernel, .unix, .stream, world.profile)
    server.options = listener.options
    server.name = listener.name
    link(with: server)
    listener.waiting.append(server)
    listener.readers.touch(world)
    writers.touch(world)
    return .success()
  }

  /// Begins to accept connections on a socket that is bound, or goes on with another backlog.
  func beginListening(backlog: Int) -> IOResult {
    guard state == .idle || state == .listening, !name.isUnnamed else { return .failure(.invalid) }
    state = .listening
    self.backlog = min(backlog, 65_535)
    return .success()
  }

  /// Whether as many connections wait as may; a backlog of 0 is as 1.
  private var isFull: Bool { waiting.count >= max(backlog, 1) }

  /// Takes the first of the waiting connections, also if its other end is gone already: that is not told here, as it is
  /// for TCP, but by reading what it has sent, then the end.
  func takeConnection() -> (socket: Socket?, errno: Errno) {
    guard state == .listening else { return (nil, .invalid) }
    return (waiting.takeFirst(), .wouldBlock)
  }

  /// Nobody will accept what waits: it ends for those who connected.
  ///
  /// On macOS they read the end of the stream, without an error; FreeBSD leaves them a broken pipe (`uipc_abort`).
  func stopListening(_ world: World) {
    state = .disconnected
    while let connection = waiting.takeFirst() {
      if world.profile.failsUnacceptedStreams { connection.peer?.pendingError = .brokenPipe }
      connection.close(world)
    }
  }
}
