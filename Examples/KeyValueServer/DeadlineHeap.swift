/// A heap of the deadlines of many timers, with the earliest deadline first.
///
/// Each ID has at most one deadline. A binary heap cannot find an entry in its middle. So a deadline that the program
/// cancels or replaces leaves a dead entry in the heap:
///
/// 1. Each new deadline gets a number. An entry is live if its ID still has the number of the entry.
/// 2. The first entry is always live, so no dead entry ends a wait.
/// 3. If the dead entries outnumber the live entries by more than 16, the heap removes all dead entries at once. Between
///    two removals, the program makes at least as many changes as there are live entries. So a change costs O(log n) on
///    average.
///
/// Equal deadlines pass in the order in which the program set the deadlines.
struct DeadlineHeap<ID: Hashable, Instant: Comparable> {
  private struct Entry {
    let deadline: Instant
    let number: UInt64
    let id: ID

    static func < (left: Entry, right: Entry) -> Bool {
      left.deadline == right.deadline ? left.number < right.number : left.deadline < right.deadline
    }
  }

  private var entries: [Entry] = []
  private var current: [ID: (deadline: Instant, number: UInt64)] = [:]
  private var lastNumber: UInt64 = 0

  /// The number of IDs with a deadline.
  var count: Int { current.count }

  /// The number of entries, including dead entries: at most twice `count`, plus 16.
  var entryCount: Int { entries.count }

  /// The earliest deadline, or `nil` if no ID has a deadline.
  var nearest: Instant? { entries.first?.deadline }

  /// The deadline of an ID, or `nil` if the ID has no deadline.
  subscript(id: ID) -> Instant? { current[id]?.deadline }

  /// Sets or replaces the deadline of an ID.
  mutating func set(_ deadline: Instant, for id: ID) {
    lastNumber += 1
    current[id] = (deadline, lastNumber)
    entries.append(Entry(deadline: deadline, number: lastNumber, id: id))
    var index = entries.count - 1
    while index > 0, case let parent = (index - 1) / 2, entries[index] < entries[parent] {
      entries.swapAt(index, parent)
      index = parent
    }
    removeDeadEntries()
  }

  /// Removes the deadline of an ID, if the ID has a deadline.
  mutating func cancel(_ id: ID) {
    if current.removeValue(forKey: id) != nil { removeDeadEntries() }
  }

  /// Removes the earliest deadline and returns its ID, or returns `nil` if no deadline has passed.
  mutating func popFirst(passedAt now: Instant) -> ID? {
    guard let first = entries.first, first.deadline <= now else { return nil }
    cancel(first.id)
    return first.id
  }

  private mutating func removeDeadEntries() {
    if entries.count > 2 * current.count + 16 {
      // A sorted array is a valid heap.
      entries = entries.filter { isLive($0) }.sorted { $0 < $1 }
    }
    while let first = entries.first, !isLive(first) { removeFirst() }
  }

  private func isLive(_ entry: Entry) -> Bool { current[entry.id]?.number == entry.number }

  private mutating func removeFirst() {
    entries.swapAt(0, entries.count - 1)
    entries.removeLast()
    var index = 0
    while true {
      var least = index
      for child in 2 * index + 1..<2 * index + 3 where child < entries.count && entries[child] < entries[least] {
        least = child
      }
      if least == index { return }
      entries.swapAt(index, least)
      index = least
    }
  }
}
