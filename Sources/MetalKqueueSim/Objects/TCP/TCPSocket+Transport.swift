internal import MetalCore

// Sending and receiving at one end of a connection.

extension KernelState {
  /// Gives a packet of TCP to its socket, or answers with a reset if there is none.
  func receive(_ packet: inout Packet, _ world: World) {
    if let socket = connections.target(of: packet) {
      return socket.receive(&packet, world)
    }
    switch packet.kind {
    case .connectionRequest:
      guard let listener = listener(for: packet.target.address) else { return world.answer(packet, .reset) }
      listener.admit(packet, world)
    case .segment:
      world.noteProgress()
      world.answer(packet, .reset)
    case .acceptance:
      world.answer(packet, .reset)
    case .acknowledgement, .window, .end, .reset, .datagram, .refusal, .unreachable: break
    }
  }

  /// The listener for connection requests to an address.
  private func listener(for address: SocketAddress) -> TCPSocket? {
    tcpPorts.best(on: address.port) { $0.backlog == nil ? 0 : $0.fitness(for: address) } as? TCPSocket
  }
}

extension TCPSocket {
  /// Handles a packet of this socket's connection.
  fileprivate func receive(_ packet: inout Packet, _ world: World) {
    switch (packet.kind, state) {
    case (.connectionRequest, _): meet(packet, world)
    case (.acceptance, _): becomeConnected(packet, world)
    case (.reset, .accepting(_, let listener)): abandonHandshake(listener, world)
    case (.reset, .connecting): fail(.connectionRefused, world)
    case (.reset, _): fail(.connectionReset, world)
    case (.unreachable, _): hostWasUnreachable(world)
    case (.acknowledgement, .accepting(let connection, let listener)):
      completeHandshake(connection, listener, world)
    case (.segment, .connected(let connection)): take(&packet, connection, world)
    case (.acknowledgement, .connected(let connection)): acknowledge(packet.count, connection, world)
    case (.window, .connected(let connection)):
      connection.sending.credit += packet.count
      pump(world)
    case (.end, .connected(let connection)): endArrived(connection, world)
    default: break
    }
  }

  /// Sends a packet to the other end.
  func send(_ kind: Packet.Kind, _ connection: Connection, count: Int = 0, _ world: World) {
    var packet = connection.packet(kind, count: count)
    world.send(&packet)
  }

  // MARK: Bytes

  /// Sends as many bytes as the other end has room for, and the end of the stream after the last byte.
  func pump(_ world: World) {
    // A segment that arrives at once may make room at once. The running loop sends into that room, without recursion.
    guard let connection = live, !connection.sending.isPumping else { return }
    if connection.sending.credit > 0, case let unsent = connection.outgoing.count, unsent > 0 {
      sendSegments(connection, unsent, world)
    }
    guard connection.sending.end == .requested, connection.outgoing.isEmpty, live != nil else { return }
    connection.sending.end = .sent
    connection.sending.wasFirst = !connection.receiving.hasEnded
    send(.end, connection, world)
  }

  private func sendSegments(_ connection: Connection, _ unsent: Int, _ world: World) {
    connection.sending.isPumping = true
    var packet = connection.packet(.segment)
    var left = unsent
    while case let count = min(left, connection.sending.credit), count > 0, live != nil {
      connection.sending.credit -= count
      connection.sending.unacknowledged += count
      packet.count = count
      packet.bytes.removeAll()
      packet.bytes.move(count, from: &connection.outgoing)
      world.send(&packet)
      left -= count
    }
    // The outgoing queue reuses the storage that the receiver gave in exchange for the last segment's storage.
    packet.bytes.removeAll()
    if left == 0 { swap(&connection.outgoing, &packet.bytes) }
    connection.sending.isPumping = false
  }

  /// Takes over the bytes of a segment, or discards them if the program reads nothing more.
  private func take(_ packet: inout Packet, _ connection: Connection, _ world: World) {
    world.noteProgress()
    guard !isClosed else {
      // No program can read the bytes: the connection is reset.
      send(.reset, connection, world)
      return leave(world)
    }
    let isShut = connection.receiving.isShut
    if isShut {
      connection.receiving.throwAway(packet.count)
    } else {
      connection.incoming.move(packet.count, from: &packet.bytes)
    }
    send(.acknowledgement, connection, count: packet.count, world)
    if !isShut { readers.touch(world) }
  }

  /// Handles an acknowledgement, whose room fires even without a failed write before (R10).
  private func acknowledge(_ count: Int, _ connection: Connection, _ world: World) {
    connection.sending.unacknowledged -= count
    if isClosed { return pump(world) }
    writers.touch(world)
  }

  /// Records that the program took bytes, and announces the room once there is enough.
  func grant(_ count: Int, _ world: World) {
    guard count > 0, let connection = live else { return }
    let room = connection.receiving.room(taking: count, least: world.profile.tcp.windowUpdate)
    if room > 0 { send(.window, connection, count: room, world) }
  }

  /// Announces the room of a larger receive buffer, or records that the buffer has become smaller.
  func adjustWindow(_ world: World) {
    guard let connection = live else { return }
    let room = connection.receiving.resize(to: options[.receiveBufferSize], least: world.profile.tcp.windowUpdate)
    if room > 0 { send(.window, connection, count: room, world) }
  }

  // MARK: Ends

  private func endArrived(_ connection: Connection, _ world: World) {
    guard !connection.receiving.hasEnded else { return }
    connection.receiving.hasEnded = true
    if !isClosed { readers.touch(world) }
  }

  /// Records that the other end has received the end of the stream.
  func endWasDelivered(_ world: World) {
    guard let connection = live, connection.sending.end == .sent else { return }
    connection.sending.end = .delivered
    if isClosed { leave(world) }
  }

  /// Breaks the connection and keeps its unread bytes, or ends the attempt to connect (S3, S7).
  func fail(_ errno: Errno, _ world: World) {
    switch state {
    case .idle, .accepting, .broken: return
    case .connecting, .connected: break
    }
    pendingError = errno
    leave(world)
    if !isClosed { touchBoth(world) }
  }

  /// Ends the connection because the other end has not answered for too long (S14).
  func timeOut(_ world: World) {
    if case .accepting(_, let listener) = state { return abandonHandshake(listener, world) }
    if isClosed { leave(world) } else { fail(.timedOut, world) }
  }

  /// Resets the connection from this side.
  func abort(_ world: World) {
    if let connection { send(.reset, connection, world) }
    leave(world)
  }

  /// Ends the connection of a closed socket after the remaining bytes are sent.
  func finish(_ connection: Connection, _ world: World) {
    let wasFirst = connection.sending.wasFirst ?? !connection.receiving.hasEnded
    if connection.sending.end == .open { connection.sending.end = .requested }
    // Dropped bytes make room, so the other end sends more, and this end answers with a reset.
    let room = connection.receiving.drop(connection.dropIncoming())
    if room > 0 { send(.window, connection, count: room, world) }
    if wasFirst, let local {
      ports.setLingering(local, until: world.now.addingClamped(world.profile.tcp.timeWait.wholeNanoseconds))
    }
    pump(world)
    // The other end may have received the end of the stream long before.
    if connection.sending.end == .delivered { leave(world) }
  }

  /// Leaves the connection without sending anything to the other end.
  func leave(_ world: World) {
    guard let connection else { return }
    state = .broken(connection)
    connection.dropOutgoing()
    kernel.connections.remove(self, connection.serial)
    if connection.usesListenerPort, isClosed, let local {
      connection.usesListenerPort = false
      ports.removeConnection(local, world.now)
    }
  }
}
