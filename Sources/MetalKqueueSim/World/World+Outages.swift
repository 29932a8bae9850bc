internal import MetalCore

// Machines that are out of reach, and the loss of packets.

extension World {
  /// Loses a packet that cannot leave its machine, or holds the packet behind a lost packet.
  func isLostAtDeparture(_ packet: Packet) -> Bool {
    guard packet.source.host != packet.target.host else { return false }
    // A reset ends the connection, so the sender repeats no earlier packet.
    if packet.kind == .reset { network.lost.queues[packet.direction] = nil }
    if isHeldAtArrival(packet) { return true }
    guard kernels[packet.source.host].host.reachability != .reachable else { return false }
    lose(packet, isAnswered: false)
    return true
  }

  /// Holds a packet if an earlier packet of its direction was lost.
  func isHeldAtArrival(_ packet: Packet) -> Bool {
    guard network.lost.isBehind(packet) else { return false }
    _ = recordPacket(.held, packet)
    _ = network.lost.hold(packet, now)
    return true
  }

  /// Loses a packet to a machine that is out of reach.
  func isLostAtArrival(_ packet: Packet) -> Bool {
    let reachability = kernels[packet.target.host].host.reachability
    guard packet.source.host != packet.target.host, reachability != .reachable else { return false }
    lose(packet, isAnswered: reachability == .unreachable)
    return true
  }

  /// Loses a packet, which the sender repeats later if the packet belongs to a connection.
  ///
  /// - Parameter isAnswered: Whether the network answers that the machine is unreachable.
  private func lose(_ packet: Packet, isAnswered: Bool) {
    let number = recordPacket(.lost, packet)
    let isRequest = packet.kind == .connectionRequest
    if isAnswered, isRequest || packet.kind == .datagram && !packet.target.address.isForMany {
      var answer = packet.answer(.unreachable)
      forward(&answer)
    }
    if isRequest { return requestWasDropped(packet) }
    guard packet.isRepeated else { return }
    if packet.kind == .acceptance {
      let client = kernels[packet.target.host].connections.socket(packet.connection)
      client?.acceptanceWasLost(self)
    }
    guard network.lost.hold(packet, now), let queue = network.lost.queues[packet.direction] else { return }
    // Packets in flight arrive before the repetition, and wait behind this packet.
    let delay = max(queue.delay, network.timeToArrival(packet, now))
    schedule.insert(at: now.addingClamped(delay), .retransmission(packet.direction), cause: .packet(number))
  }

  /// Repeats the packets of a direction, or waits longer, or gives up.
  func retransmit(_ direction: LostPackets.Direction) {
    guard var queue = network.lost.queues[direction], let first = queue.packets.first else { return }
    let ends = [kernels[first.source.host], kernels[first.target.host]]
    guard ends.contains(where: { $0.host.reachability != .reachable }) else {
      // A packet that a program sends meanwhile waits behind the remaining packets.
      while var packet = network.lost.takeFirst(direction) { forward(&packet, isSentAgain: true) }
      return
    }
    let end = queue.start.addingClamped(profile.tcp.retransmissionTimeout.wholeNanoseconds)
    guard now < end else {
      network.lost.queues[direction] = nil
      for packet in queue.packets {
        let waiting = packet.waitingEnd
        kernels[waiting.host].connections.socket(packet.connection)?.timeOut(self)
      }
      return
    }
    queue.delay = min(queue.delay * 2, LostPackets.longestDelay)
    network.lost.queues[direction] = queue
    schedule.insert(at: min(now.addingClamped(queue.delay), end), .retransmission(direction), cause: cause)
  }
}
