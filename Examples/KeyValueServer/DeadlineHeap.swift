/// The deadlines of many timers, in the order in which they pass.
///
/// Each ID has at most one deadline. A binary heap cannot find an entry in its middle, so a deadline that is cancelled or
/// replaced stays there as a dead entry:
///
/// 1. Each deadline that is set gets a number. An entry is live if its number is the one that its ID has now.
/// 2. The first entry is always live, so `nearest` never ends a wait for nothing.
/// 3. If more than half of the entries are dead, all dead ones are removed at once. Between two such removals come at
///    least as many changes as entries stay, so a change costs O(log n) on average.
///
/// Deadlines that are equal pass in the order in which they were set.
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

  /// How many IDs have a deadline.
  var count: Int { current.count }

  /// How many entries the heap has, dead ones included: at most twice `count`, and a few.
  var entryCount: Int { entries.count }

  /// The deadline that passes first.
  var nearest: Instant? { entries.first?.deadline }

  /// The deadline of an ID.
  subscript(id: ID) -> Instant? { current[id]?.deadline }

  /// Sets the deadline of an ID, in place of the one that it had.
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

  /// Removes the deadline of an ID, if it has one.
  mutating func cancel(_ id: ID) {
    if current.removeValue(forKey: id) != nil { removeDeadEntries() }
  }

  /// Removes the first deadline and returns its ID, or `nil` if no deadline has passed.
  mutating func popFirst(passedAt now: Instant) -> ID? {
    guard let first = entries.first, first.deadline <= now else { return nil }
    cancel(first.id)
    return first.id
  }

  private mutating func removeDeadEntries() {
    if entries.count > 2 * current.count + 16 {
      // What is sorted is a heap.
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
