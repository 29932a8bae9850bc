internal import CMetalSystem
internal import MetalCore

/// One registered descriptor, and its readiness.
struct Record: BitwiseCopyable {
  /// The number of the registration, never used again in this table.
  let generation: UInt64
  let token: Token
  let descriptor: Int32
  var readiness: Readiness

  /// The entry for poll(2), which passes over a negative number.
  @inline(__always)
  var entry: metal_poll_entry {
    metal_poll_entry(
      descriptor: readiness.isMuted ? ~descriptor : descriptor, events: readiness.armed.rawValue, revents: 0)
  }
}

/// The registered descriptors, dense in memory, and the list of them that poll(2) works on.
///
/// A change is entered into the list at once; during a wait the list is the system's, and the change is entered
/// afterwards. The record at position 0 is the selector's own, for the pipe that interrupts the wait.
///
/// There is one exception to the rule of `Guarded`. From `beginWait` to `endWait` the system writes to the first
/// `waitCount` entries of `list` without the lock. Nobody else reads, moves or frees them.
@usableFromInline
struct RegistrationTable: ~Copyable {
  private var records: Column<Record>
  /// The number of records in use.
  private(set) var count = 1
  /// For each descriptor its position, or -1.
  private var positions: Column<Int32>
  private var lastGeneration: UInt64 = 0

  /// For each record the entry that poll(2) works on.
  private(set) var list: Column<metal_poll_entry>
  /// A larger list, if the table has grown during the wait: the thread that polls allocates nothing.
  private var largerList: Column<metal_poll_entry>?
  /// Whether something has changed during the wait, and is not in the list.
  private var isOutOfDate = false

  /// Whether a thread is waiting, or back from its wait and about to take the lock.
  private(set) var isWaiting = false
  /// The number of entries that the wait looks at.
  private(set) var waitCount = 0
  /// The last registration that was made before the wait.
  private var waitGeneration: UInt64 = 0
  /// How many waits have ended.
  private(set) var endedWaits: UInt64 = 0
  /// Where the next look at the list begins: after the last event that was reported, if there was no room for more.
  var cursor = 0

  /// The pipe that interrupts the wait; `nil` when the selector is gone, and with it all registrations.
  var notifier: Notifier?
  /// How many wakers there are.
  private var wakerCount = 0
  /// Those of them that were woken, in the order of their first wakes; there is room for all.
  private var woken: [WakeFlag] = []

  init(_ notifier: Notifier, capacity: Int) {
    self.notifier = notifier
    let readiness = Readiness(interests: .readable)
    let own = Record(generation: 0, token: 0, descriptor: notifier.descriptor, readiness: readiness)
    records = Column(repeating: own, count: 1, capacity: capacity)
    positions = Column(repeating: -1, count: Int(own.descriptor) + 1, capacity: Int(own.descriptor) + 1)
    positions[Int(own.descriptor)] = 0
    list = Column(repeating: own.entry, count: 1, capacity: capacity)
  }

  deinit {
    records.free()
    positions.free()
    list.free()
    largerList?.free()
  }
}

// MARK: - Registrations

extension RegistrationTable {
  /// Returns the position of a registration, or `nil` if it has ended.
  @inline(__always)
  func position(of descriptor: Int32, _ generation: UInt64) -> Int? {
    guard descriptor < positions.capacity, notifier != nil else { return nil }
    let position = Int(positions[Int(descriptor)])
    guard position >= 0, records[position].generation == generation else { return nil }
    return position
  }

  /// Adds a descriptor and returns the number of its registration, or `nil` if it is in the table already.
  mutating func add(_ descriptor: Int32, token: Token, interests: Interests) -> UInt64? {
    if Int(descriptor) >= positions.capacity {
      let former = positions.capacity
      positions.grow(to: max(Int(descriptor) + 1, former * 2))
      for number in former..<positions.capacity { positions[number] = -1 }
    }
    guard positions[Int(descriptor)] < 0 else { return nil }
    if count == records.capacity { grow() }
    count += 1
    return putNew(descriptor, token, interests, at: count - 1)
  }

  /// Replaces token and interests of a registration, re-arms it and returns its new number, or `nil` if it has ended.
  ///
  /// What poll(2) saw before does not count for the new number: it may have seen a closed descriptor whose number is
  /// another file's now.
  mutating func replace(_ descriptor: Int32, _ generation: UInt64, token: Token, interests: Interests) -> UInt64? {
    guard let position = position(of: descriptor, generation) else { return nil }
    return putNew(descriptor, token, interests, at: position)
  }

  /// Ends a registration, and returns whether there was one.
  mutating func remove(_ descriptor: Int32, _ generation: UInt64) -> Bool {
    guard let position = position(of: descriptor, generation) else { return false }
    remove(at: position)
    interruptWait()
    return true
  }

  /// Changes the readiness of a registration, if there is one.
  @inline(__always)
  mutating func update(_ descriptor: Int32, _ generation: UInt64, _ change: (inout Readiness) -> Void) {
    guard let position = position(of: descriptor, generation) else { return }
    var readiness = records[position].readiness
    change(&readiness)
    if set(readiness, at: position) { interruptWait() }
  }

  /// Removes the record at a position; the last one takes its place.
  private mutating func remove(at position: Int) {
    precondition(position > 0 && position < count)
    positions[Int(records[position].descriptor)] = -1
    count -= 1
    if position < count { put(records[count], at: position) }
  }

  private mutating func putNew(
    _ descriptor: Int32, _ token: Token, _ interests: Interests, at position: Int
  ) -> UInt64 {
    lastGeneration += 1
    let readiness = Readiness(interests: Conditions(interests))
    put(Record(generation: lastGeneration, token: token, descriptor: descriptor, readiness: readiness), at: position)
    interruptWait()
    return lastGeneration
  }

  private mutating func put(_ record: Record, at position: Int) {
    records[position] = record
    positions[Int(record.descriptor)] = Int32(position)
    enter(position)
  }

  /// Sets the readiness at a position, and returns whether it differs from the former one.
  @inline(__always)
  @discardableResult
  private mutating func set(_ readiness: Readiness, at position: Int) -> Bool {
    guard readiness != records[position].readiness else { return false }
    records[position].readiness = readiness
    enter(position)
    return true
  }

  private mutating func grow() {
    let capacity = records.capacity * 2
    records.grow(to: capacity)
    if isWaiting {
      largerList?.free()
      largerList = Column(repeating: records[0].entry, count: 0, capacity: capacity)
    } else {
      list.grow(to: capacity)
    }
  }
}

// MARK: - Wakers

extension RegistrationTable {
  /// Makes room for one more waker.
  mutating func addWaker() {
    wakerCount += 1
    if woken.capacity < wakerCount { woken.reserveCapacity(2 * wakerCount) }
  }

  /// Removes a waker, and with it a wake that is pending.
  mutating func removeWaker(_ waker: WakeFlag) {
    wakerCount -= 1
    takeBack(waker)
  }

  /// Adds a waker whose flag was not set before to those that the next poll reports.
  mutating func add(_ waker: WakeFlag) { woken.append(waker) }

  /// Takes back what `add` has done.
  mutating func takeBack(_ waker: WakeFlag) { woken.removeAll { $0 === waker } }

  /// Reports the wakers that were woken, and returns whether there was room for all.
  mutating func takeWoken(_ pass: inout WaitPass) -> Bool {
    var reported = 0
    while reported < woken.count, pass.hasRoom {
      pass.report(PosixPollEvent(token: woken[reported].token, flags: .readable))
      woken[reported].clear()
      reported += 1
    }
    woken.removeFirst(reported)
    return woken.isEmpty
  }
}

// MARK: - Waiting

extension RegistrationTable {
  /// Gives the list to the system.
  mutating func beginWait() {
    isWaiting = true
    waitCount = count
    waitGeneration = lastGeneration
  }

  /// Takes the list back.
  mutating func endWait() {
    isWaiting = false
    endedWaits &+= 1
  }

  /// Enters the record at a position into the list, or notes during a wait that the list is out of date.
  @inline(__always)
  private mutating func enter(_ position: Int) {
    if isWaiting { isOutOfDate = true } else { list[position] = records[position].entry }
  }

  /// Enters all records again if anything changed during the wait.
  ///
  /// poll(2) looked at all of them, which takes longer.
  mutating func enterChanges() {
    guard isOutOfDate else { return }
    isOutOfDate = false
    // Only now: `collect` has read what poll(2) saw from the former list.
    if let larger = largerList.take() {
      list.free()
      list = larger
    }
    for position in 0..<count { enter(position) }
  }

  /// Whether poll(2) saw, at a position of the list, the registration that is there now.
  ///
  /// The registration that poll(2) looked at may have ended since. Its position, or even its descriptor's number, may
  /// belong to another one: an older registration that has moved, or one that is newer than the wait. The next wait
  /// sees a moved registration again.
  @inline(__always)
  func isCurrent(_ position: Int) -> Bool {
    guard position < count else { return false }
    let record = records[position]
    return record.descriptor == list[position].descriptor && record.generation <= waitGeneration
  }

  /// Takes the conditions that poll(2) saw at a position that is current, and returns the event to report, if any.
  @inline(__always)
  mutating func take(at position: Int) -> PosixPollEvent? {
    let seen = Conditions(rawValue: list[position].revents)
    if seen.contains(.invalid) {
      // The descriptor was closed outside the library. A file that gets its number next is not the registered one.
      remove(at: position)
      return nil
    }
    var readiness = records[position].readiness
    let news = readiness.take(seen)
    set(readiness, at: position)
    return news.isEmpty ? nil : PosixPollEvent(token: records[position].token, flags: news)
  }

  /// Makes a thread that waits take a change into account.
  @inline(__always)
  private func interruptWait() {
    if isWaiting, let notifier { Self.notify(notifier) }
  }

  // Of the notifier alone: for a method the compiler would copy the table.
  @inline(never)
  private static func notify(_ notifier: Notifier) {
    do throws(IOError) {
      try notifier.notify()
    } catch {
      fatalError("A write to the poll's own pipe failed: \(error). Close only descriptors that the program has opened.")
    }
  }
}
