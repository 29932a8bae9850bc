/// The ways between machines: their latencies, and what is on them.
struct Network {
  /// The way from one machine to another.
  private struct Way {
    var latency: Int64 = 0
    /// The time at which the packet that was sent last arrives.
    var arrival: Int64 = 0
    /// The number of packets on the way.
    ///
    /// A packet that is due at this moment may not have been delivered yet, so the time of arrival alone does not show it.
    var inFlight = 0
  }

  private struct Pair: Hashable {
    let source: Int
    let target: Int
  }

  /// The ways that have, or had, a latency.
  private var ways: [Pair: Way] = [:]
  private var lastConnection: UInt64 = 0
  /// The storage of the last packet that arrived, for the next one.
  private var spare = ByteQueue()

  mutating func setLatency(_ source: Int, _ target: Int, _ nanoseconds: Int64) {
    ways[Pair(source: source, target: target), default: Way()].latency = nanoseconds
    ways[Pair(source: target, target: source), default: Way()].latency = nanoseconds
  }

  /// The serial number of a new connection.
  mutating func makeConnection() -> UInt64 {
    lastConnection += 1
    return lastConnection
  }

  /// Puts a packet on its way; returns when it arrives, or `nil` if it arrives at once.
  ///
  /// No packet arrives before one that was sent earlier on the same way.
  fileprivate mutating func depart(_ packet: borrowing Packet, _ now: Int64) -> Int64? {
    guard !ways.isEmpty else { return nil }
    let pair = Pair(source: packet.source.host, target: packet.target.host)
    guard var way = ways[pair] else { return nil }
    let time = max(now.addingClamped(way.latency), way.arrival)
    guard time > now || way.inFlight > 0 else { return nil }
    way.arrival = time
    way.inFlight += 1
    ways[pair] = way
    return time
  }

  fileprivate mutating func arrive(_ packet: borrowing Packet) {
    ways[Pair(source: packet.source.host, target: packet.target.host)]?.inFlight -= 1
  }

  /// Takes the spare storage, so that a packet without latency allocates nothing.
  mutating func takeStorage() -> ByteQueue {
    var storage = ByteQueue()
    swap(&storage, &spare)
    return storage
  }

  fileprivate mutating func giveBack(_ storage: inout ByteQueue) {
    storage.removeAll()
    swap(&storage, &spare)
  }
}

extension World {
  /// Sends a packet: the one place that does.
  func send(_ packet: consuming Packet) {
    if let time = network.depart(packet, now) { return schedule.insert(at: time, .packet(packet)) }
    deliver(&packet)
  }

  /// Delivers a packet whose time has come.
  func arrive(_ packet: consuming Packet) {
    network.arrive(packet)
    deliver(&packet)
  }

  /// Gives a packet to the kernel of the machine that it was sent to: the one place that does.
  private func deliver(_ packet: inout Packet) {
    let kernel = kernels[packet.target.host]
    switch packet.kind {
    case .datagram: kernel.receiveDatagram(&packet, self)
    case .refusal: kernel.receiveRefusal(packet, self)
    default: kernel.receive(&packet, self)
    }
    switch packet.kind {
    case .segment, .datagram: network.giveBack(&packet.bytes)
    case .end:
      // The acknowledgement of an end changes nothing that the other side could see: the sender has it at once.
      kernels[packet.source.host].connections.socket(packet.connection, at: packet.source)?.endWasDelivered(self)
    default: break
    }
  }

  /// Drops a connection request.
  ///
  /// The time to the sender's next attempt begins now. A timer for every request would keep the simulation from finding a
  /// deadlock.
  func drop(_ request: borrowing Packet) {
    let sender = kernels[request.source.host]
    sender.connections.socket(request.connection, at: request.source)?.requestWasDropped(self)
  }
}
