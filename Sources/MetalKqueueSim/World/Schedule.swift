/// What is going to occur in a simulation, in the order of time, and at one time in the order of scheduling.
struct Schedule {
  /// What is to be done when the time has come.
  enum Work {
    /// A test's own action, which calls into the simulation.
    case action(@Sendable () -> Void)
    /// Something that occurs in the simulated network or kernels.
    case occurrence((World) -> Void)
  }

  struct Entry: Comparable {
    let time: Int64
    let serial: UInt64
    let work: Work

    static func == (left: Entry, right: Entry) -> Bool { left.serial == right.serial }

    static func < (left: Entry, right: Entry) -> Bool {
      left.time != right.time ? left.time < right.time : left.serial < right.serial
    }
  }

  private var entries = Heap<Entry>()
  private var nextSerial: UInt64 = 0

  var isEmpty: Bool { entries.isEmpty }

  /// The time of the first entry.
  var nextTime: Int64? { entries.first?.time }

  mutating func insert(at time: Int64, _ work: Work) {
    entries.insert(Entry(time: time, serial: nextSerial, work: work))
    nextSerial += 1
  }

  /// Takes the first entry out if its time has come.
  mutating func takeDue(at now: Int64) -> Entry? {
    guard let first = entries.first, first.time <= now else { return nil }
    return entries.takeFirst()
  }

  /// Forgets the actions; what is on its way in the network goes on.
  mutating func removeActions() {
    entries.keep { entry in
      if case .action = entry.work { false } else { true }
    }
  }

  mutating func removeAll() {
    entries.removeAll()
  }
}
