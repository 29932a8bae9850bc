/// The scheduled entries of a simulation, ordered by time and then by the order of scheduling.
struct Schedule {
  /// An action of a test, which calls into the simulation.
  struct Action {
    /// The number of the machine that runs the action; -1 without a machine.
    let machine: Int
    let run: @Sendable () -> Void
  }

  /// The work that an entry stands for.
  enum Work {
    case action(Action)
    /// A packet that arrives.
    indirect case packet(Packet)
    /// A connection request that its socket sends again.
    case retry(LostPackets.Direction)
    /// The lost packets of a connection, which the sender repeats.
    case retransmission(LostPackets.Direction)
  }

  struct Entry: Comparable {
    let time: Int64
    let serial: UInt64
    let work: Work
    /// The program, the action or the packet that has scheduled the entry.
    let cause: TraceRecord.Cause

    static func == (left: Entry, right: Entry) -> Bool { left.serial == right.serial }

    static func < (left: Entry, right: Entry) -> Bool {
      left.time != right.time ? left.time < right.time : left.serial < right.serial
    }
  }

  private var entries = Heap<Entry>()
  private var nextSerial: UInt64 = 0

  var isEmpty: Bool { entries.isEmpty }

  var nextTime: Int64? { entries.first?.time }

  mutating func insert(at time: Int64, _ work: Work, cause: TraceRecord.Cause) {
    entries.insert(Entry(time: time, serial: nextSerial, work: work, cause: cause))
    nextSerial += 1
  }

  mutating func takeFirst() -> Entry? { entries.takeFirst() }

  /// Removes the actions, but no packets and no repetitions.
  mutating func removeActions() {
    entries.keep { entry in
      if case .action = entry.work { false } else { true }
    }
  }

  mutating func removeAll() {
    entries.removeAll()
  }
}
