internal import MetalCore

// The handshake, from both sides.

extension TCPSocket {
  // MARK: The side that connects

  /// Schedules another request after a lost or dropped request, with a delay that doubles each time.
  func requestWasDropped(_ world: World) {
    guard case .connecting(_, let attempt) = state else { return }
    scheduleRetry(after: attempt.delay, world)
  }

  /// Waits to the end of the attempt for the other side's lost answer, which the other side repeats.
  func acceptanceWasLost(_ world: World) { scheduleRetry(after: .max, world) }

  private func scheduleRetry(after delay: Int64, _ world: World) {
    guard case .connecting(let connection, let attempt) = state else { return }
    let left = world.profile.tcp.connectTimeout.wholeNanoseconds - (world.now - attempt.start)
    let time = world.now.addingClamped(max(0, min(delay, left)))
    let direction = LostPackets.Direction(connection: connection.serial, host: kernel.host.index)
    world.schedule.insert(at: time, .retry(direction), cause: world.cause)
  }

  /// Sends another request, or ends the attempt if its time is over.
  func retry(_ world: World) {
    guard case .connecting(let connection, var attempt) = state else { return }
    guard world.now - attempt.start < world.profile.tcp.connectTimeout.wholeNanoseconds else {
      return fail(attempt.softError ?? .timedOut, world)
    }
    attempt.retries += 1
    state = .connecting(connection, attempt)
    send(.connectionRequest, connection, count: connection.receiving.window, world)
  }

  /// Handles the network's answer that the other host is unreachable (S28).
  ///
  /// The answer is a temporary fault until the system has sent several requests (`tcp_notify` in tcp_subr.c).
  func hostWasUnreachable(_ world: World) {
    guard case .connecting(let connection, var attempt) = state else { return }
    if attempt.retries > 3, let errno = attempt.softError { return fail(errno, world) }
    attempt.softError = .hostUnreachable
    state = .connecting(connection, attempt)
  }

  /// Answers the socket's own connection request: the simultaneous open of RFC 9293, section 3.5 (S24).
  func meet(_ packet: borrowing Packet, _ world: World) {
    guard case .connecting(let connection, _) = state else { return }
    send(.acceptance, connection, count: connection.receiving.window, world)
  }

  /// Completes a connection that the other side has granted.
  func becomeConnected(_ packet: borrowing Packet, _ world: World) {
    guard case .connecting(let connection, _) = state else { return }
    state = .connected(connection)
    connection.sending.credit = packet.count
    // The reading filter also runs, but does not fire (S2).
    writers.touch(world)
    readers.touch(world)
    let isWithItself =
      packet.source.host == packet.target.host
      && packet.source.address.sharesHostAndPort(with: packet.target.address)
    if !isWithItself { send(.acknowledgement, connection, world) }
    adjustWindow(world)
  }

  // MARK: The side that listens

  /// Answers a connection request.
  ///
  /// Without room, the listener drops the request, or grants and resets the connection (S16).
  func admit(_ request: borrowing Packet, _ world: World) {
    guard let backlog else { return }
    let hasRoom = !backlog.isFull
    if !hasRoom, world.profile.tcp.dropsOnFullBacklog { return world.drop(request) }
    let server = TCPSocket(kernel, family, .stream)
    server.options = options
    server.local = request.target.address
    server.remote = request.source.address
    let connection = Connection(
      request.connection, request.target, request.source, window: options[.receiveBufferSize])
    connection.sending.credit = request.count
    server.state = .accepting(connection, hasRoom ? self : nil)
    if hasRoom {
      connection.usesListenerPort = true
      ports.addConnection(request.target.address)
      backlog.unfinished += 1
    }
    kernel.connections.insert(server, connection)
    server.send(.acceptance, connection, count: connection.receiving.window, world)
  }

  /// Queues the connection after the handshake, or resets it if the listener had no room or is closed.
  func completeHandshake(_ connection: Connection, _ listener: TCPSocket?, _ world: World) {
    state = .connected(connection)
    guard let listener, let backlog = listener.backlog else {
      isClosed = true
      return abort(world)
    }
    backlog.unfinished -= 1
    backlog.append(self)
    listener.readers.touch(world)
  }

  /// Ends a handshake that the other side has given up.
  func abandonHandshake(_ listener: TCPSocket?, _ world: World) {
    listener?.backlog?.unfinished -= 1
    isClosed = true
    leave(world)
  }

  /// Resets the waiting connections, because no program will accept them.
  func stopListening(_ world: World) {
    let waiting = backlog
    backlog = nil
    while let connection = waiting?.takeFirst() as? TCPSocket {
      connection.isClosed = true
      if connection.live != nil { connection.abort(world) } else { connection.leave(world) }
    }
  }
}
