internal import MetalCore

/// The TCP sockets of a kernel that have a connection, by the connection's serial number.
///
/// A socket without a descriptor stays in the table until the peer has its last byte. A machine that is connected with
/// itself has both ends of a connection.
///
/// The table uses open addressing with linear probing. The slot of a removed socket keeps its serial number until the
/// next rebuild, so that a search goes on behind the slot.
struct ConnectionTable {
  /// The serial numbers in a power of two of slots, at least half of which are free (0).
  private var serials: [UInt64] = []
  private var sockets: [TCPSocket?] = []
  private var usedSlots = 0

  /// The place of a connection by multiplicative hashing, because dense serial numbers would make one long run.
  private func home(_ serial: UInt64) -> Int {
    Int(truncatingIfNeeded: (serial &* 0x9E37_79B9_7F4A_7C15) >> 32) & (serials.count - 1)
  }

  private func next(_ index: Int) -> Int { (index + 1) & (serials.count - 1) }

  /// The socket of a connection; `nil` if there is none.
  ///
  /// - Parameter address: The address of the socket if the machine has both ends; otherwise `nil`.
  func socket(_ serial: UInt64, at address: SocketAddress? = nil) -> TCPSocket? {
    guard usedSlots > 0 else { return nil }
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

  /// Whether any connection goes from one address to another.
  func hasConnection(from local: SocketAddress, to remote: SocketAddress) -> Bool {
    sockets.contains { socket in
      socket?.local?.sharesHostAndPort(with: local) == true && socket?.remote?.sharesHostAndPort(with: remote) == true
    }
  }

  mutating func insert(_ socket: TCPSocket, _ connection: Connection) {
    if (usedSlots + 1) * 2 > serials.count { rebuild() }
    place(connection.serial, socket)
  }

  private mutating func place(_ serial: UInt64, _ socket: TCPSocket?) {
    var index = home(serial)
    while serials[index] != 0 { index = next(index) }
    serials[index] = serial
    sockets[index] = socket
    usedSlots += 1
  }

  /// Rebuilds the table with at least four slots for each socket.
  private mutating func rebuild() {
    let old = (serials: serials, sockets: sockets)
    let count = old.sockets.count { $0 != nil }
    var capacity = 8
    while capacity < count * 4 { capacity *= 2 }
    serials = [UInt64](repeating: 0, count: capacity)
    sockets = [TCPSocket?](repeating: nil, count: capacity)
    usedSlots = 0
    for index in old.sockets.indices where old.sockets[index] != nil {
      place(old.serials[index], old.sockets[index])
    }
  }

  mutating func remove(_ socket: TCPSocket, _ serial: UInt64) {
    guard usedSlots > 0 else { return }
    var index = home(serial)
    while serials[index] != 0, sockets[index] !== socket { index = next(index) }
    sockets[index] = nil
  }

  mutating func removeAll() {
    serials.removeAll()
    sockets.removeAll()
    usedSlots = 0
  }
}

extension ConnectionTable {
  /// The socket that receives a packet.
  func target(of packet: borrowing Packet) -> TCPSocket? {
    socket(packet.connection, at: packet.isWithinMachine ? packet.target.address : nil)
  }

  /// The socket that has sent a packet.
  func source(of packet: borrowing Packet) -> TCPSocket? {
    socket(packet.connection, at: packet.isWithinMachine ? packet.source.address : nil)
  }
}
