internal import MetalCore

/// The TCP sockets of a kernel that are an end of a connection, by the connection's serial number.
///
/// A socket that no descriptor leads to any more lives here until its last byte was delivered. A machine that is
/// connected with itself has both ends of a connection.
///
/// The table is open-addressed with linear probing.
struct ConnectionTable {
  private struct Slot {
    let serial: UInt64
    let socket: TCPSocket
  }

  /// A power of two of slots, at least half of them empty; none as long as there is no connection.
  private var slots: [Slot?] = []
  private var count = 0

  /// The place of a connection, by multiplicative hashing: dense serial numbers as they are would make one long run.
  private func home(_ serial: UInt64) -> Int {
    Int(truncatingIfNeeded: (serial &* 0x9E37_79B9_7F4A_7C15) >> 32) & (slots.count - 1)
  }

  private func next(_ index: Int) -> Int { (index + 1) & (slots.count - 1) }

  /// The socket that a packet of a connection is for; `nil` if there is none, or not any more.
  func socket(_ connection: UInt64, at end: borrowing Packet.End) -> TCPSocket? {
    guard count > 0 else { return nil }
    var index = home(connection)
    while let slot = slots[index] {
      if slot.serial == connection, let local = slot.socket.local, local.sharesHostAndPort(with: end.address) {
        return slot.socket
      }
      index = next(index)
    }
    return nil
  }

  /// The socket that has asked for a connection and was not answered yet.
  func socket(connecting connection: UInt64) -> TCPSocket? {
    guard count > 0 else { return nil }
    var index = home(connection)
    while let slot = slots[index] {
      if slot.serial == connection { return slot.socket }
      index = next(index)
    }
    return nil
  }

  mutating func insert(_ socket: TCPSocket, _ serial: UInt64) {
    if (count + 1) * 2 > slots.count { grow() }
    count += 1
    place(Slot(serial: serial, socket: socket))
  }

  private mutating func place(_ slot: Slot) {
    var index = home(slot.serial)
    while slots[index] != nil { index = next(index) }
    slots[index] = slot
  }

  private mutating func grow() {
    let old = slots
    slots = [Slot?](repeating: nil, count: max(old.count * 2, 8))
    for case let slot? in old { place(slot) }
  }

  mutating func remove(_ socket: TCPSocket, _ serial: UInt64) {
    guard count > 0 else { return }
    var index = home(serial)
    while let slot = slots[index], slot.socket !== socket { index = next(index) }
    guard slots[index] != nil else { return }
    slots[index] = nil
    count -= 1
    // What was placed beyond the gap because of others may belong into it.
    index = next(index)
    while let slot = slots[index] {
      slots[index] = nil
      place(slot)
      index = next(index)
    }
  }

  mutating func removeAll() {
    slots.removeAll()
    count = 0
  }
}
