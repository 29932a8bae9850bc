internal import MetalCore

// Pairs, and the connections that wait.

extension UnixStreamSocket {
  /// Makes two unnamed streams that are connected with each other.
  static func makePair(_ kernel: KernelState) -> (Socket, Socket) {
    let first = UnixStreamSocket(kernel, .unix, .stream, kernel.profile)
    let second = UnixStreamSocket(kernel, .unix, .stream, kernel.profile)
    first.link(with: second)
    return (first, second)
  }

  func link(with other: UnixStreamSocket) {
    state = .connected(other)
    other.state = .connected(self)
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
