internal import MetalCore

/// The TCP sockets of a kernel that are an end of a connection, by the connection's serial number.
///
/// A socket that no descriptor leads to any more lives here until its last byte was delivered. A machine that is
/// connected with itself has both ends of a connection.
///
/// The table is open-addressed with linear probing.
struct ConnectionTable {
  /// The serial numbers, 0 in a free slot, and the sockets: a power of two of slots, at least half of them free.
  private var serials: [UInt64] = []
  private var sockets: [TCPSocket?] = []
  private var count = 0

  /// The place of a connection, by multiplicative hashing: dense serial numbers as they are would make one long run.
  private func home(_ serial: UInt64) -> Int {
    Int(truncatingIfNeeded: (serial &* 0x9E37_79B9_7F4A_7C15) >> 32) & (serials.count - 1)
  }

  private func next(_ index: Int) -> Int { (index + 1) & (serials.count - 1) }

  /// The socket that a packet of a connection is for; `nil` if there is none, or not any more.
  ///
  /// - Parameter address: The address of the socket if the machine has both ends; otherwise `nil`.
  func socket(_ serial: UInt64, at address: SocketAddress? = nil) -> TCPSocket? {
    guard count > 0 else { return nil }
    var index = home(serial)
    while serials[index] != 0 {
      if serials[index] == serial, let socket = sockets[index] {
        guard let address else { return socket }
        if socket.local.map({ $0.sharesHostAndPort(with: address) }) == true { return socket }
      }
      index = next(index)
    }
    return nil
  }

  /// All sockets, in the order of the table.
  var all: [TCPSocket] { sockets.compactMap { $0 } }

  /// Whether there is a connection from one address to another already; looks at all of them.
  func hasConnection(from local: SocketAddress, to remote: SocketAddress) -> Bool {
    sockets.contains { socket in
      socket?.local?.sharesHostAndPort(with: local) == true && socket?.remote?.sharesHostAndPort(with: remote) == true
    }
  }

  mutating func insert(_ socket: TCPSocket, _ connection: Connection) {
    if (count + 1) * 2 > serials.count { grow() }
    count += 1
    place(connection.serial, socket)
  }

  private mutating func place(_ serial: UInt64, _ socket: TCPSocket?) {
    var index = home(serial)
    while serials[index] != 0 { index = next(index) }
    serials[index] = serial
    sockets[index] = socket
  }

  private mutating func grow() {
    let old = (serials: serials, sockets: sockets)
    let capacity = max(serials.count * 2, 8)
    serials = [UInt64](repeating: 0, count: capacity)
    sockets = [TCPSocket?](repeating: nil, count: capacity)
    for index in old.serials.indices where old.serials[index] != 0 {
      place(old.serials[index], old.sockets[index])
    }
  }

  mutating func remove(_ socket: TCPSocket, _ serial: UInt64) {
    guard count > 0 else { return }
    var index = home(serial)
    while serials[index] != 0, sockets[index] !== socket { index = next(index) }
    guard serials[index] != 0 else { return }
    serials[index] = 0
    sockets[index] = nil
    count -= 1
    // What was placed beyond the gap because of others may belong into it.
    index = next(index)
    while serials[index] != 0 {
      let (moved, socket) = (serials[index], sockets[index])
      serials[index] = 0
      sockets[index] = nil
      place(moved, socket)
      index = next(index)
    }
  }

  mutating func removeAll() {
    serials.removeAll()
    sockets.removeAll()
    count = 0
  }
}

extension ConnectionTable {
  /// The socket that a packet is for.
  func target(of packet: borrowing Packet) -> TCPSocket? {
    socket(packet.connection, at: packet.isWithinMachine ? packet.target.address : nil)
  }

  /// The socket that has sent a packet.
  func source(of packet: borrowing Packet) -> TCPSocket? {
    socket(packet.connection, at: packet.isWithinMachine ? packet.source.address : nil)
  }
}
