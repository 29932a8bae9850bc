internal import MetalCore

/// The files of one machine's Unix-domain sockets, by their paths.
///
/// Folders are not modelled: a path is its bytes, and any may be bound, whatever stands before its last slash.
struct SocketFiles {
  /// A file, and the socket that is bound to it: none once that is closed, since the file stays.
  struct Entry {
    let address: UnixAddress
    var socket: UnixSocket?
  }

  /// In the order of their paths' bytes.
  private var entries: [Entry] = []

  /// The paths of all files, in order.
  var paths: [UnixAddress] { entries.map { $0.address } }

  /// The file at an address; `nil` if there is none.
  subscript(address: UnixAddress) -> Entry? {
    let (index, isThere) = position(of: address)
    return isThere ? entries[index] : nil
  }

  /// Makes a file for a socket; returns whether there was none.
  mutating func insert(_ socket: UnixSocket, at address: UnixAddress) -> Bool {
    let (index, isThere) = position(of: address)
    if !isThere { entries.insert(Entry(address: address, socket: socket), at: index) }
    return !isThere
  }

  /// Leaves a socket's file behind without it, unless the file is another's by now.
  mutating func release(_ socket: UnixSocket) {
    let (index, isThere) = position(of: socket.name)
    if isThere, entries[index].socket === socket { entries[index].socket = nil }
  }

  /// Removes a file; returns whether there was one.
  mutating func remove(_ address: UnixAddress) -> Bool {
    let (index, isThere) = position(of: address)
    if isThere { entries.remove(at: index) }
    return isThere
  }

  mutating func removeAll() {
    entries.removeAll()
  }

  /// The position of an address among the entries, or the position to insert it.
  private func position(of address: UnixAddress) -> (index: Int, isThere: Bool) {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].address.precedes(address) { low = middle + 1 } else { high = middle }
    }
    return (low, low < entries.count && entries[low].address == address)
  }
}

extension UnixAddress {
  /// Whether the bytes of this address's name come before those of another's.
  fileprivate func precedes(_ other: UnixAddress) -> Bool {
    let own = name
    let others = other.name
    for index in 0..<min(own.count, others.count) where own[index] != others[index] {
      return own[index] < others[index]
    }
    return own.count < others.count
  }
}
