internal import CMetalSystem

/// The array that poll(2) works on, and for which registration each of its entries was made.
struct WaitList: ~Copyable {
  private(set) var entries: Column<metal_poll_entry>
  private var generations: Column<UInt64>

  init(capacity: Int) {
    entries = Column(repeating: metal_poll_entry(descriptor: -1, events: 0, revents: 0), count: capacity)
    generations = Column(repeating: 0, count: capacity)
  }

  deinit {
    entries.free()
    generations.free()
  }

  /// Writes the entry for a record.
  @inline(__always)
  mutating func set(_ position: Int, for record: Record) {
    // poll(2) passes over a negative number.
    entries[position] = metal_poll_entry(
      descriptor: record.readiness.isMuted ? ~record.descriptor : record.descriptor,
      events: record.readiness.armed.rawValue, revents: 0)
    generations[position] = record.generation
  }

  /// What poll(2) has seen at a position.
  @inline(__always)
  func seen(at position: Int) -> Conditions {
    Conditions(rawValue: entries[position].revents)
  }

  /// The number of the registration that the entry at a position was made for.
  @inline(__always)
  func generation(at position: Int) -> UInt64 {
    generations[position]
  }

  /// Returns the first position in a range at which poll(2) has seen something, or the range's end.
  func firstSeen(in range: Range<Int>) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= entries.capacity)
    // Safety: the range lies within the entries.
    let entries = unsafe UnsafePointer(entries.elements)
    var position = range.lowerBound
    // Few are ready as a rule, so sixteen are passed over at a time, two in each vector.
    if position % 2 == 1, position < range.upperBound {
      if unsafe entries[position].revents != 0 { return position }
      position &+= 1
    }
    while position &+ 16 <= range.upperBound {
      // Safety: the column is aligned for vectors, and so is every even position in it.
      let next = unsafe UnsafeRawPointer(entries + position)
      var any = SIMD2<UInt64>()
      for offset in stride(from: 0, to: 128, by: 16) {
        any |= unsafe next.load(fromByteOffset: offset, as: SIMD2<UInt64>.self)
      }
      if (any[0] | any[1]) & Self.seenMask != 0 { break }
      position &+= 16
    }
    while position < range.upperBound, unsafe entries[position].revents == 0 { position &+= 1 }
    return position
  }

  /// Where the flags that poll(2) has seen lie in an entry: in its last two bytes.
  @inline(__always)
  private static var seenMask: UInt64 { UInt64(littleEndian: 0xFFFF_0000_0000_0000) }
}
