internal import MetalCore

/// The ports of one protocol on one machine: which sockets are bound to them.
///
/// It is an object, so that its sockets share it and nothing copies it.
final class PortTable {
  private var bound: [UInt16: [IPSocket]] = [:]
  private var uses: [UInt16: [SocketAddress: Use]] = [:]
  private var random: RandomStream
  /// The ports that the system chooses from.
  private let ephemeral: ClosedRange<UInt16>

  /// What uses an address of which no socket here is the owner.
  private struct Use {
    /// The connections that a listener has accepted.
    var connections = 0
    /// Until when a connection counts that was closed on this side first.
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
  /// Of several at that rank it is the one that was bound first, or at the rank `latest` the one that was bound last.
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

  /// Has a connection's local address count as used until a time.
  func setLingering(_ local: SocketAddress, until time: Int64) {
    uses[local.port, default: [:]][local, default: Use()].lingersUntil = time
  }

  private func dropUses(of port: UInt16, _ now: Int64) {
    guard let left = uses[port]?.filter({ !$0.value.isOver(now) }) else { return }
    uses[port] = left.isEmpty ? nil : left
  }

  /// The addresses that count as used by a connection that has ended, in the order of ports.
  func lingeringAddresses(_ now: Int64) -> [SocketAddress] {
    uses.values.flatMap { $0 }.filter { $0.value.lingersUntil > now }.map { $0.key }
      .sorted { ($0.port, $0.description) < ($1.port, $1.description) }
  }

  /// Whether a socket may not be bound to an address, which others use.
  func hasConflict(_ socket: IPSocket, _ address: SocketAddress, _ now: Int64) -> Bool {
    for other in sockets(on: address.port) where other.conflicts(with: socket, at: address) { return true }
    if socket.options[.reuseAddress] != 0 || socket.options[.reusePort] != 0 { return false }
    dropUses(of: address.port, now)
    return uses[address.port]?.keys.contains { socket.takesIn($0, at: address) } ?? false
  }

  /// Chooses a free port for a socket: a random one, and from there on the next that is free.
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

  /// What uses the ports that the system chooses from, in words.
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
