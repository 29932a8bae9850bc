/// The paths between machines, with their latencies, the packets in flight, and the lost packets.
struct Network {
  /// The path from one machine to another.
  private struct Way {
    var latency: Int64 = 0
    /// The arrival time of the packet that was sent last.
    var arrival: Int64 = 0
    /// The number of packets in flight, including a packet that is due but not delivered.
    var inFlight = 0
  }

  private struct Pair: Hashable {
    let source: Int
    let target: Int
  }

  /// The paths that have, or had, a latency.
  private var ways: [Pair: Way] = [:]
  /// The seed that decides the latencies; `nil` if latencies are zero by default.
  var latencySeed: UInt64?
  var lost = LostPackets()
  private var lastConnection: UInt64 = 0
  private var lastPacket: UInt64 = 0

  mutating func setLatency(_ source: Int, _ target: Int, _ nanoseconds: Int64) {
    ways[Pair(source: source, target: target), default: Way()].latency = nanoseconds
    ways[Pair(source: target, target: source), default: Way()].latency = nanoseconds
  }

  /// Returns the serial number of a new connection.
  mutating func makeConnection() -> UInt64 {
    lastConnection += 1
    return lastConnection
  }

  fileprivate mutating func number(_ packet: inout Packet) {
    lastPacket += 1
    packet.number = lastPacket
  }

  /// Puts a packet on its path.
  ///
  /// Returns the arrival time, or `nil` if the packet arrives at once. No packet overtakes an earlier packet of its
  /// path.
  fileprivate mutating func depart(_ packet: borrowing Packet, _ now: Int64) -> Int64? {
    let pair = Pair(source: packet.source.host, target: packet.target.host)
    if let latencySeed, ways[pair] == nil {
      setLatency(pair.source, pair.target, Self.drawnLatency(pair.source, pair.target, latencySeed))
    }
    guard var way = ways[pair] else { return nil }
    let time = max(now.addingClamped(way.latency), way.arrival)
    guard time > now || way.inFlight > 0 else { return nil }
    way.arrival = time
    way.inFlight += 1
    ways[pair] = way
    return time
  }

  /// The time until all packets in flight on a packet's path have arrived.
  func timeToArrival(_ packet: borrowing Packet, _ now: Int64) -> Int64 {
    let way = ways[Pair(source: packet.source.host, target: packet.target.host)]
    return max(0, (way?.arrival ?? 0) - now)
  }

  fileprivate mutating func arrive(_ packet: borrowing Packet) {
    ways[Pair(source: packet.source.host, target: packet.target.host)]?.inFlight -= 1
  }
}

extension World {
  /// Sends a packet of a call.
  ///
  /// Every call uses this function. A packet that arrives at once returns with the receiver's old storage.
  func send(_ packet: inout Packet) {
    // No machine has the address, so no machine answers.
    guard packet.target.host >= 0 else { return drop(packet) }
    network.number(&packet)
    if hadOutage, isLostAtDeparture(packet) { return packet.bytes.removeAll() }
    forward(&packet)
  }

  /// Puts a packet on its path, or delivers the packet at once.
  ///
  /// - Parameter isSentAgain: Whether the packet was lost before, so that no call shows the packet in the trace.
  func forward(_ packet: inout Packet, isSentAgain: Bool = false) {
    guard hasLatencies, let time = network.depart(packet, now) else {
      // The sending call shows a packet that arrives at once, unless the packet refuses something.
      guard isSentAgain || packet.kind.isRefusal else { return deliver(&packet, isRecorded: false) }
      let previous = cause
      deliver(&packet, isRecorded: true)
      cause = previous
      return
    }
    let number = recordPacket(.sent, packet)
    schedule.insert(at: time, .packet(packet), cause: .packet(number))
    packet.bytes = ByteQueue()
  }

  /// Answers with a packet of the same connection.
  func answer(_ packet: borrowing Packet, _ kind: Packet.Kind) {
    var answer = packet.answer(kind)
    send(&answer)
  }

  /// Delivers a packet whose time has come.
  func arrive(_ packet: consuming Packet) {
    network.arrive(packet)
    if hadOutage, isHeldAtArrival(packet) { return }
    deliver(&packet, isRecorded: true)
  }

  /// Gives a packet to the kernel of the receiving machine.
  ///
  /// - Parameter isRecorded: Whether the arrival has a record, which is the cause of the following records.
  private func deliver(_ packet: inout Packet, isRecorded: Bool) {
    if hadOutage, isLostAtArrival(packet) { return }
    if isRecorded { cause = .packet(recordPacket(.arrived, packet)) }
    let kernel = kernels[packet.target.host]
    switch packet.kind {
    case .datagram: kernel.receiveDatagram(&packet, self)
    case .refusal: kernel.receiveRefusal(packet, .connectionRefused, self)
    case .unreachable where packet.connection == 0: kernel.receiveRefusal(packet, .hostUnreachable, self)
    default: kernel.receive(&packet, self)
    }
    // The sender gets the acknowledgement of an end at once, because the receiver cannot observe a later one.
    guard packet.kind == .end else { return }
    kernels[packet.source.host].connections.source(of: packet)?.endWasDelivered(self)
  }

  /// Drops a connection request.
  ///
  /// The delay before the sender's next attempt begins now. A timer for every request would hide a deadlock.
  func drop(_ request: borrowing Packet) {
    _ = recordPacket(.lost, request)
    requestWasDropped(request)
  }

  func requestWasDropped(_ request: borrowing Packet) {
    kernels[request.source.host].connections.source(of: request)?.requestWasDropped(self)
  }
}
