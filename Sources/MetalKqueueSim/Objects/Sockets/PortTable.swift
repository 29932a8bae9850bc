internal import MetalCore

/// The ports of one protocol on one machine: which sockets are bound to them.
///
/// It is an object, so that its sockets share it and nothing copies it.
final class PortTable {
  private var bound: [UInt16: [IPSocket]] = [:]
  /// The connections that use a port without being bound to it themselves: those that a listener has accepted.
  private var connections: [UInt16: Int] = [:]
  /// The time until which a port counts as used by a connection that was closed on this side first.
  private var lingering: [UInt16: Int64] = [:]
  private var random: RandomStream

  /// The first of the ports that the system chooses from.
  private static var firstEphemeral: UInt16 { 49_152 }

  init(_ random: RandomStream) {
    self.random = random
  }

  /// The sockets that are bound to a port, in the order of binding.
  func sockets(on port: UInt16) -> [IPSocket] { bound[port] ?? [] }

  func insert(_ socket: IPSocket, on port: UInt16) {
    bound[port, default: []].append(socket)
  }

  func remove(_ socket: IPSocket, from port: UInt16) {
    guard var sockets = bound[port] else { return }
    sockets.removeAll { $0 === socket }
    bound[port] = sockets.isEmpty ? nil : sockets
  }

  func addConnection(_ port: UInt16) {
    connections[port, default: 0] += 1
  }

  func removeConnection(_ port: UInt16) {
    guard let count = connections[port] else { return }
    connections[port] = count > 1 ? count - 1 : nil
  }

  /// Keeps a port in use until a time.
  func setLingering(_ port: UInt16, until time: Int64) {
    lingering[port] = time
  }

  /// Whether a socket may not be bound to an address, which others use.
  func hasConflict(_ socket: IPSocket, _ address: SocketAddress, _ now: Int64) -> Bool {
    if let end = lingering[address.port], end <= now { lingering[address.port] = nil }
    for other in sockets(on: address.port) where other.conflicts(with: socket, at: address) { return true }
    let mayReuse = socket.options.reuseAddress != 0 || socket.options.reusePort != 0
    return !mayReuse && (connections[address.port] != nil || lingering[address.port] != nil)
  }

  /// Chooses a free port for a socket: a random one, and from there on the next that is free.
  func choosePort(_ socket: IPSocket, _ address: SocketAddress, _ now: Int64) -> UInt16? {
    let count = UInt64(UInt16.max - Self.firstEphemeral) + 1
    let start = random.next(below: count)
    for offset in 0..<count {
      let port = Self.firstEphemeral + UInt16((start + offset) % count)
      if bound[port] == nil, connections[port] == nil, lingering[port].map({ $0 <= now }) ?? true {
        return port
      }
    }
    return nil
  }

  func removeAll() {
    bound.removeAll()
  }
}
