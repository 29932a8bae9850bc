internal import MetalCore

/// A datagram on its way.
struct Datagram {
  let bytes: [UInt8]
  let source: SocketAddress
  let target: SocketAddress
  /// The interface that it was sent by, which is the one that it arrives by.
  let interface: UInt32

  /// Whether it is for all who listen, and not for one.
  var isForMany: Bool { target.isMulticast || target.isBroadcast }
}

extension KernelState {
  /// Hands a datagram that has arrived to the sockets it is for; returns whether somebody is told if there are none.
  func deliver(_ datagram: Datagram, _ world: World) -> Bool {
    world.idleCalls = 0
    guard datagram.isForMany else {
      guard let socket = receiver(of: datagram) else { return false }
      socket.arrive(datagram, world)
      return true
    }
    for bound in udpPorts.sockets(on: datagram.target.port) {
      guard let socket = bound.udp, socket.takes(datagram) else { continue }
      socket.arrive(datagram, world)
    }
    return true
  }

  /// The one socket that fits best.
  ///
  /// Of several at the same address the one that was bound last is found, of several at all addresses the first.
  ///
  /// Source: `in_pcblookup_hash` in in_pcb.c, of macOS and FreeBSD.
  private func receiver(of datagram: Datagram) -> UDPSocket? {
    var best: UDPSocket?
    var bestFitness = 0
    for bound in udpPorts.sockets(on: datagram.target.port) {
      guard let socket = bound.udp else { continue }
      let fitness = socket.fitness(for: datagram)
      if fitness > bestFitness || fitness == bestFitness && fitness == 3 {
        best = socket
        bestFitness = fitness
      }
    }
    return best
  }
}

extension UDPSocket {
  /// How well the socket fits a datagram: 0 is not at all; one whose peer has sent it fits best.
  func fitness(for datagram: Datagram) -> Int {
    guard let remote else { return fitness(for: datagram.target) }
    guard let local, local.sharesHost(with: datagram.target) else { return 0 }
    return remote.sharesHostAndPort(with: datagram.source) ? 4 : 0
  }

  /// Whether a datagram for many is for this socket as well: a group's only if the socket has joined the group where it
  /// arrives.
  func takes(_ datagram: Datagram) -> Bool {
    guard fitness(for: datagram) > 0 else { return false }
    guard datagram.target.isMulticast else { return true }
    return isMember(of: datagram.target, on: datagram.interface)
  }

  /// Queues a datagram that has arrived; one that there is no room for is lost, and nobody learns of it.
  func arrive(_ datagram: Datagram, _ world: World) {
    guard !isReadShut else { return }
    // The buffer holds the address as well, which is what keeps the number of empty datagrams finite: the size of
    // `sockaddr_in`, or of `sockaddr_in6`.
    let overhead = family == .ipv4 ? 16 : 28
    let count = datagram.bytes.count
    guard incoming.hasRoom(for: count, overhead: overhead, limit: options.receiveBufferSize) else { return }
    incoming.append(count, from: .internet(shown(datagram.source)), overhead: overhead) { queue, _ in
      queue.append(datagram.bytes.span)
    }
    readers.touch(world)
  }
}
