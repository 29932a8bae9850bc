internal import MetalCore

// What goes from one end of a connection to the other. Everything takes the latency of the way, and keeps its order.

extension TCPSocket {
  /// Sends what the other end has room for, and the end of the stream behind the last byte.
  func pump(_ world: World) {
    // What arrives at once may make room at once: that is taken up by the loop, not by one call within another.
    guard !isPumping else { return }
    isPumping = true
    while state == .connected, let peer, case let count = min(outgoing.count, credit), count > 0 {
      sendSegment(count, to: peer, world)
    }
    isPumping = false
    guard isWriteShut, !hasSentEnd, outgoing.isEmpty, state == .connected, let peer else { return }
    hasSentEnd = true
    hasFinishedFirst = !peerHasFinished
    world.transmit(from: kernel, to: peer.kernel, after: way) { [self] world in
      isEndDelivered = true
      peer.endArrived(world)
      if isClosed { leave(world) }
    }
  }

  private func sendSegment(_ count: Int, to peer: TCPSocket, _ world: World) {
    credit -= count
    unacknowledged += count
    if !way.isInUse, world.latency(kernel, peer.kernel) == 0 {
      peer.take(count, from: &outgoing)
      peer.arrived(count, from: self, world)
      return
    }
    let bytes = outgoing.take(count)
    world.transmit(from: kernel, to: peer.kernel, after: way) { [self] world in
      var segment = ByteQueue()
      segment.append(bytes.span)
      peer.take(count, from: &segment)
      peer.arrived(count, from: self, world)
    }
  }

  /// Takes over the bytes of a segment that arrives, or throws them away if nobody will read them.
  private func take(_ count: Int, from segment: inout ByteQueue) {
    if isClosed || isReadShut || state != .connected {
      segment.removeFirst(count)
    } else {
      incoming.move(count, from: &segment)
    }
  }

  /// A segment has arrived from the other end, and its bytes were taken over.
  private func arrived(_ count: Int, from sender: TCPSocket, _ world: World) {
    world.idleCalls = 0
    guard !isClosed, state == .connected else {
      // Nobody is here to read it: the connection is reset.
      world.transmit(from: kernel, to: sender.kernel, after: way) { world in sender.reset(world) }
      return leave(world)
    }
    if isReadShut { grant(count, world) }
    world.transmit(from: kernel, to: sender.kernel, after: way) { world in sender.acknowledge(count, world) }
    if !isReadShut { readers.touch(world) }
  }

  /// The other end has acknowledged bytes: there is room again, which fires even if nobody waited for it (R10).
  func acknowledge(_ count: Int, _ world: World) {
    guard state == .connected, peer != nil else { return }
    unacknowledged -= count
    if isClosed { return pump(world) }
    writers.touch(world)
  }

  /// Tells the other end that bytes were taken, so that it may send as many more.
  func grant(_ count: Int, _ world: World) {
    // A buffer that was made smaller takes up what is read before it makes room.
    let taken = min(count, excess)
    excess -= taken
    guard count > taken, state == .connected, let peer else { return }
    world.transmit(from: kernel, to: peer.kernel, after: way) { world in
      peer.credit += count - taken
      peer.pump(world)
    }
  }

  /// The other end has finished.
  func endArrived(_ world: World) {
    guard state == .connected, !peerHasFinished else { return }
    peerHasFinished = true
    if isClosed { return }
    readers.touch(world)
  }

  /// The other end has reset the connection.
  func reset(_ world: World) {
    fail(.connectionReset, world)
  }

  /// Breaks the connection, or ends the attempt to make one; what has arrived can still be read (S3, S7).
  func fail(_ errno: Errno, _ world: World) {
    guard state == .connecting || state == .connected else { return }
    state = .broken
    pendingError = errno
    peerHasFinished = true
    leave(world)
    if !isClosed { touchBoth(world) }
  }

  /// Resets the connection from this side.
  func abort(_ world: World) {
    let peer = peer
    state = .broken
    if let peer {
      world.transmit(from: kernel, to: peer.kernel, after: way) { world in peer.reset(world) }
    }
    leave(world)
  }

  /// Ends the connection after what is still to be sent: the object goes on without a descriptor.
  func finish(_ world: World) {
    let wasFirst = hasSentEnd ? hasFinishedFirst : !peerHasFinished
    isWriteShut = true
    // What is given up makes room, so that the other end goes on sending and learns that nobody reads it.
    let dropped = incoming.count
    incoming.removeAll()
    grant(dropped, world)
    kernel.orphans[ObjectIdentifier(self)] = self
    if wasFirst, let local {
      ports.setLingering(local.port, until: world.now.addingClamped(30_000_000_000))
    }
    pump(world)
    // The end may have been delivered long before.
    if peer == nil || isEndDelivered { leave(world) }
  }

  /// Lets go of the other end: there is nothing more to say to it.
  func leave(_ world: World) {
    outgoing.removeAll()
    unacknowledged = 0
    peer = nil
    kernel.orphans[ObjectIdentifier(self)] = nil
    if isAccepted, isClosed, let local {
      isAccepted = false
      ports.removeConnection(local.port)
    }
  }
}
