internal import MetalCore

extension KernelState {
  /// Gives a datagram to its receivers, or refuses a unicast datagram without a receiver.
  func receiveDatagram(_ packet: inout Packet, _ world: World) {
    world.noteProgress()
    guard packet.target.address.isForMany else {
      guard let socket = receiver(of: packet) else { return world.answer(packet, .refusal) }
      return socket.arrive(&packet, world)
    }
    for bound in udpPorts.sockets(on: packet.target.address.port) {
      guard let socket = bound as? UDPSocket, socket.takes(packet) else { continue }
      var copy = packet
      socket.arrive(&copy, world)
    }
  }

  /// Gives an error of the network to the socket that is connected to the address, if there is one (S17, S28).
  func receiveRefusal(_ packet: borrowing Packet, _ errno: Errno, _ world: World) {
    world.noteProgress()
    for bound in udpPorts.sockets(on: packet.target.address.port) {
      guard let socket = bound as? UDPSocket, let remote = socket.remote, let local = socket.local else { continue }
      guard remote.sharesHostAndPort(with: packet.source.address), local.sharesHost(with: packet.target.address)
      else { continue }
      return socket.refuse(errno, world)
    }
  }

  /// The socket with the highest rank for a packet.
  ///
  /// Of several sockets at the address the last bound socket wins, and of several at all addresses the first socket.
  ///
  /// Source: `in_pcblookup_hash` in in_pcb.c, of macOS and FreeBSD.
  private func receiver(of packet: borrowing Packet) -> UDPSocket? {
    let (source, target) = (packet.source.address, packet.target.address)
    let best = udpPorts.best(on: target.port, latest: 3) { ($0 as? UDPSocket)?.fitness(from: source, to: target) ?? 0 }
    return best as? UDPSocket
  }
}

extension UDPSocket {
  /// The rank of the socket for a datagram; 0 if the socket does not receive the datagram.
  ///
  /// A socket that is connected to the sender has the highest rank.
  func fitness(from source: SocketAddress, to target: SocketAddress) -> Int {
    guard let remote else { return fitness(for: target) }
    guard let local, local.sharesHost(with: target) else { return 0 }
    return remote.sharesHostAndPort(with: source) ? 4 : 0
  }

  /// Whether the socket receives a broadcast or multicast datagram.
  ///
  /// The socket receives a multicast datagram if it has joined the group on the receiving interface.
  func takes(_ packet: borrowing Packet) -> Bool {
    let target = packet.target.address
    guard fitness(from: packet.source.address, to: target) > 0 else { return false }
    return !target.isMulticast || index(of: target, on: packet.interface) != nil
  }

  /// Queues a datagram that has arrived, or silently loses a datagram without room.
  func arrive(_ packet: inout Packet, _ world: World) {
    guard !isReadShut else { return }
    // The buffer also holds the address, a `sockaddr_in` or `sockaddr_in6`, so empty datagrams fill the buffer as well.
    let overhead = family == .ipv4 ? 16 : 28
    guard datagrams.hasRoom(for: packet.count, overhead: overhead, limit: options[.receiveBufferSize]) else {
      _ = world.recordPacket(.lost, packet)
      return
    }
    let source = AnyEndpointAddress.internet(shown(packet.source.address))
    datagrams.append(packet.count, from: source, overhead: overhead) { queue, count in
      queue.move(count, from: &packet.bytes)
    }
    readers.touch(world)
  }

  /// Records that a datagram did not reach the peer: no socket receives there, or the host is unreachable.
  func refuse(_ errno: Errno, _ world: World) {
    pendingError = errno
    readers.touch(world)
    writers.touch(world)
  }
}
