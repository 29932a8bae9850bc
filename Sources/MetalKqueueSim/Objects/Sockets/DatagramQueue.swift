internal import MetalCore

/// Datagrams in the order of their arrival, each with its source address.
struct DatagramQueue {
  private struct Entry {
    let count: Int
    let overhead: Int
    let source: AnyEndpointAddress
  }

  private(set) var bytes = ByteQueue()
  private var entries = FirstInFirstOut<Entry>()
  /// The room that the datagrams take beside their bytes.
  private var overhead = 0

  var count: Int { entries.count }
  var isEmpty: Bool { count == 0 }

  var byteCount: Int { bytes.count }

  /// The first datagram's size and source address.
  var first: (count: Int, source: AnyEndpointAddress)? { entries.first.map { ($0.count, $0.source) } }

  /// Whether a datagram of `count` bytes, with `overhead` for its address, has room within `limit`.
  func hasRoom(for count: Int, overhead: Int, limit: Int) -> Bool {
    bytes.count + self.overhead + count + overhead <= limit
  }

  /// Appends a datagram that has room, and whose `count` bytes `append` adds.
  mutating func append(
    _ count: Int, from source: AnyEndpointAddress, overhead: Int, _ append: File.Appending
  ) {
    append(&bytes, count)
    entries.append(Entry(count: count, overhead: overhead, source: source))
    self.overhead += overhead
  }

  /// Drops the first datagram, if there is one.
  mutating func removeFirst() {
    guard let first = entries.takeFirst() else { return }
    bytes.removeFirst(first.count)
    overhead -= first.overhead
  }

  mutating func removeAll() {
    bytes.removeAll()
    entries.removeAll()
    overhead = 0
  }
}
