/// What is going to occur in a simulation, in the order of time, and at one time in the order of scheduling.
struct Schedule {
  /// What is to be done when the time has come.
  enum Work {
    /// A test's own action, which calls into the simulation.
    case action(@Sendable () -> Void)
    /// Something that occurs in the simulated network or kernels.
    case occurrence((World) -> Void)
  }

  struct Entry {
    let time: Int64
    let serial: UInt64
    let work: Work

    func precedes(_ other: Entry) -> Bool {
      time != other.time ? time < other.time : serial < other.serial
    }
  }

  /// A heap: each entry precedes those at twice its position and beyond.
  private var entries: [Entry] = []
  private var nextSerial: UInt64 = 0

  var isEmpty: Bool { entries.isEmpty }

  /// The time of the first entry.
  var nextTime: Int64? { entries.first?.time }

  mutating func insert(at time: Int64, _ work: Work) {
    entries.append(Entry(time: time, serial: nextSerial, work: work))
    nextSerial += 1
    var child = entries.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard entries[child].precedes(entries[parent]) else { return }
      entries.swapAt(child, parent)
      child = parent
    }
  }

  /// Takes the first entry out if its time has come.
  mutating func takeDue(at now: Int64) -> Entry? {
    guard let first = entries.first, first.time <= now else { return nil }
    let last = entries.removeLast()
    if entries.isEmpty { return first }
    entries[0] = last
    var parent = 0
    while true {
      var child = parent * 2 + 1
      guard child < entries.count else { return first }
      if child + 1 < entries.count, entries[child + 1].precedes(entries[child]) { child += 1 }
      guard entries[child].precedes(entries[parent]) else { return first }
      entries.swapAt(child, parent)
      parent = child
    }
  }

  mutating func removeAll() {
    entries.removeAll()
  }
}
