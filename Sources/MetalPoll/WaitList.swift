internal import CMetalSystem

/// The array that poll(2) works on, and whom each of its entries is for.
///
/// It belongs to the thread that polls.
struct WaitList: ~Copyable {
  private(set) var entries: Column<metal_poll_entry>
  private var generations: Column<UInt64>
  /// The number of entries that poll(2) looks at.
  private(set) var count = 0

  init(capacity: Int) {
    entries = Column(repeating: metal_poll_entry(descriptor: -1, events: 0, revents: 0), count: capacity)
    generations = Column(repeating: 0, count: capacity)
  }

  deinit {
    entries.free()
    generations.free()
  }

  var capacity: Int { entries.capacity }

  /// Writes the entry for a record.
  mutating func set(_ position: Int, for record: PollRecord) {
    // A negative number is passed over, and its entry says nothing.
    entries[position] = metal_poll_entry(
      descriptor: record.isMuted ? ~record.descriptor : record.descriptor, events: record.armed.rawValue,
      revents: 0)
    generations[position] = record.generation
  }

  /// Takes another number of entries into account.
  mutating func resize(to count: Int) {
    precondition(count <= capacity)
    self.count = count
  }

  /// Takes over what another list holds.
  mutating func copy(_ other: borrowing WaitList) {
    for position in 0..<other.count {
      entries[position] = other.entries[position]
      generations[position] = other.generations[position]
    }
    count = other.count
  }

  /// What poll(2) has seen at a position.
  func seen(at position: Int) -> PollFlags {
    PollFlags(rawValue: entries[position].revents)
  }

  /// The number of the registration that the entry at a position was made for.
  func generation(at position: Int) -> UInt64 {
    generations[position]
  }

  /// Returns the first position in a range at which poll(2) has seen something, or the range's end.
  func firstSeen(in range: Range<Int>) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    // Safety: the range lies within the entries.
    let entries = unsafe entries.elements
    var position = range.lowerBound
    // Few are ready as a rule, so eight are passed over at a time.
    while position &+ 8 <= range.upperBound {
      let next = unsafe entries + position
      let low = unsafe next[0].revents | next[1].revents | next[2].revents | next[3].revents
      let high = unsafe next[4].revents | next[5].revents | next[6].revents | next[7].revents
      if low | high != 0 { break }
      position &+= 8
    }
    while position < range.upperBound, unsafe entries[position].revents == 0 { position &+= 1 }
    return position
  }
}
