internal import MetalCore

/// The ports of one protocol on one machine, in one object that all sockets share.
final class PortTable {
  private var bound: [UInt16: [IPSocket]] = [:]
  private var uses: [UInt16: [SocketAddress: Use]] = [:]
  private var random: RandomStream
  /// The ports that the system chooses from.
  private let ephemeral: ClosedRange<UInt16>

  /// The connections that use an address without a bound socket.
  private struct Use {
    /// The number of connections that a listener has accepted.
    var connections = 0
    /// The time until which a connection that this side closed first uses the address, in nanoseconds.
    var lingersUntil = Int64.min

    func isOver(_ now: Int64) -> Bool { connections == 0 && lingersUntil <= now }
  }

  init(_ random: RandomStream, _ ephemeral: ClosedRange<UInt16>) {
    self.random = random
    self.ephemeral = ephemeral
  }

  /// The sockets that are bound to a port, in the order of binding.
  func sockets(on port: UInt16) -> [IPSocket] { bound[port] ?? [] }

  /// The socket on a port with the highest rank above 0.
  ///
  /// Of several sockets, the first bound socket wins, or with the rank `latest` the last bound socket.
  func best(on port: UInt16, latest: Int? = nil, _ rank: (IPSocket) -> Int) -> IPSocket? {
    var best: IPSocket?
    var highest = 0
    for socket in sockets(on: port) {
      let rank = rank(socket)
      if rank > highest || rank == highest && rank == latest { (best, highest) = (socket, rank) }
    }
    return best
  }

  func insert(_ socket: IPSocket, on port: UInt16) {
    bound[port, default: []].append(socket)
  }

  func remove(_ socket: IPSocket, from port: UInt16) {
    guard var sockets = bound[port] else { return }
    sockets.removeAll { $0 === socket }
    bound[port] = sockets.isEmpty ? nil : sockets
  }

  func addConnection(_ local: SocketAddress) {
    uses[local.port, default: [:]][local, default: Use()].connections += 1
  }

  func removeConnection(_ local: SocketAddress, _ now: Int64) {
    uses[local.port]?[local]?.connections -= 1
    dropUses(of: local.port, now)
  }

  /// Marks a connection's local address as used until a time.
  func setLingering(_ local: SocketAddress, until time: Int64) {
    uses[local.port, default: [:]][local, default: Use()].lingersUntil = time
  }

  private func dropUses(of port: UInt16, _ now: Int64) {
    guard let left = uses[port]?.filter({ !$0.value.isOver(now) }) else { return }
    uses[port] = left.isEmpty ? nil : left
  }

  /// The addresses that ended connections still use, in the order of ports.
  func lingeringAddresses(_ now: Int64) -> [SocketAddress] {
    uses.values.flatMap { $0 }.filter { $0.value.lingersUntil > now }.map { $0.key }
      .sorted { ($0.port, $0.description) < ($1.port, $1.description) }
  }

  /// Whether other sockets or connections prevent a socket from binding to an address.
  func hasConflict(_ socket: IPSocket, _ address: SocketAddress, _ now: Int64) -> Bool {
    for other in sockets(on: address.port) where other.conflicts(with: socket, at: address) { return true }
    if socket.options[.reuseAddress] != 0 || socket.options[.reusePort] != 0 { return false }
    dropUses(of: address.port, now)
    return uses[address.port]?.keys.contains { socket.takesIn($0, at: address) } ?? false
  }

  /// Chooses the first free port for a socket, from a random port on.
  func choosePort(_ socket: IPSocket, _ address: SocketAddress, _ now: Int64) -> UInt16? {
    let count = UInt64(ephemeral.count)
    let start = random.next(below: count)
    for offset in 0..<count {
      let port = ephemeral.lowerBound + UInt16((start + offset) % count)
      if bound[port] != nil { continue }
      dropUses(of: port, now)
      if uses[port] == nil { return port }
    }
    return nil
  }

  /// Describes the use of the ports that the system chooses from.
  func usage(_ now: Int64) -> String {
    var (open, closed, firstEnd) = (0, 0, Int64.max)
    for port in ephemeral {
      let lingering = uses[port]?.values.filter { !$0.isOver(now) } ?? []
      if bound[port] != nil || lingering.contains(where: { $0.connections > 0 }) {
        open += 1
      } else if let end = lingering.map({ $0.lingersUntil }).max() {
        closed += 1
        firstEnd = min(firstEnd, end)
      }
    }
    var text = "of the ports \(ephemeral.lowerBound) to \(ephemeral.upperBound), open sockets use \(open)"
    guard closed > 0 else { return text }
    text += " and closed connections in TIME_WAIT \(closed); the first is free at "
    return text + Duration.nanoseconds(firstEnd).milliseconds
  }

  func removeAll() {
    bound.removeAll()
  }
}
