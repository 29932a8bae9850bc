internal import CMetalSystem
internal import MetalCore
internal import MetalSystem

/// A registered descriptor, and its readiness.
struct Record: BitwiseCopyable {
  /// The number of the registration, which this table never uses again.
  let generation: UInt64
  let token: Token
  let descriptor: Int32
  var readiness: Readiness

  /// The entry for poll(2).
  ///
  /// A muted descriptor has a negative number in its entry, because poll(2) ignores negative numbers.
  @inline(__always)
  var entry: metal_poll_entry {
    metal_poll_entry(
      descriptor: readiness.isMuted ? ~descriptor : descriptor, events: readiness.armed.rawValue, revents: 0)
  }
}

/// The registered descriptors, dense in memory, with the list of entries for poll(2).
///
/// Outside of a wait, a change updates the list at once. During a wait the system uses the list, so the polling thread
/// updates it afterwards. The record at position 0 belongs to the selector's pipe, which interrupts the wait.
///
/// The table has one exception to the rule of `Guarded`. From `beginWait` to `endWait` the system writes to the first
/// `waitCount` entries of `list` without the lock. No code reads, moves or frees these entries during the wait.
@usableFromInline
struct RegistrationTable: ~Copyable {
  private var records: Column<Record>
  /// The number of records in use.
  private(set) var count = 1
  /// The position of each descriptor, or -1.
  private var positions: Column<Int32>
  private var lastGeneration: UInt64 = 0

  /// The entry of each record, for poll(2).
  private(set) var list: Column<metal_poll_entry>
  /// A larger list, if the table has grown during the wait.
  ///
  /// The thread that registers allocates this list, so the polling thread allocates nothing.
  private var largerList: Column<metal_poll_entry>?
  /// Whether a change during the wait is missing from the list.
  private var isOutOfDate = false

  /// Whether a thread waits, or has returned from its wait and is about to take the lock.
  private(set) var isWaiting = false
  /// The number of entries in the wait.
  private(set) var waitCount = 0
  /// The number of the last registration before the wait.
  private var waitGeneration: UInt64 = 0
  /// The number of waits that have ended.
  private(set) var endedWaits: UInt64 = 0
  /// The position where the next pass begins: after the last reported event, if there was no room for more.
  var cursor = 0

  /// The pipe that interrupts the wait; `nil` after the end of the selector.
  var notifier: Notifier?
  /// The wakers with a pending wake.
  var wakers = WokenWakers()

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

  /// Returns the number of a new registration, or `nil` if the table already contains the descriptor.
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

  /// Replaces the token and the interests of a registration, and re-arms it.
  ///
  /// Returns the new number of the registration, or `nil` if the registration has ended.
  ///
  /// The table ignores flags from before the call, because the flags may belong to a closed descriptor whose number
  /// another file has now.
  mutating func replace(_ descriptor: Int32, _ generation: UInt64, token: Token, interests: Interests) -> UInt64? {
    guard let position = position(of: descriptor, generation) else { return nil }
    return putNew(descriptor, token, interests, at: position)
  }

  /// Ends a registration, or returns `false` if the registration does not exist.
  mutating func remove(_ descriptor: Int32, _ generation: UInt64) -> Bool {
    guard let position = position(of: descriptor, generation) else { return false }
    remove(at: position)
    interruptWait()
    return true
  }

  /// Changes the readiness of a registration if it exists.
  @inline(__always)
  mutating func update(_ descriptor: Int32, _ generation: UInt64, _ change: (inout Readiness) -> Void) {
    guard let position = position(of: descriptor, generation) else { return }
    var readiness = records[position].readiness
    change(&readiness)
    if set(readiness, at: position) { interruptWait() }
  }

  /// Removes the record at a position, and moves the last record to that position.
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

  /// Sets the readiness at a position, and returns `true` if the readiness has changed.
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
  /// Reports the woken wakers, and returns `true` if there was room for all.
  mutating func takeWoken(_ pass: inout WaitPass) -> Bool {
    var reported = 0
    while reported < wakers.count, pass.hasRoom {
      pass.report(PosixPollEvent(token: wakers.token(at: reported), flags: .readable))
      reported += 1
    }
    wakers.removeFirst(reported)
    return wakers.isEmpty
  }
}

// MARK: - Waiting

extension RegistrationTable {
  /// Begins a wait, during which the system may use the list.
  mutating func beginWait() {
    isWaiting = true
    waitCount = count
    waitGeneration = lastGeneration
  }

  /// Ends a wait, after which the system no longer uses the list.
  mutating func endWait() {
    isWaiting = false
    endedWaits &+= 1
  }

  /// Updates the entry of the record at a position.
  ///
  /// During a wait, the method only marks the list as out of date.
  @inline(__always)
  private mutating func enter(_ position: Int) {
    if isWaiting { isOutOfDate = true } else { list[position] = records[position].entry }
  }

  /// Updates all entries if anything changed during the wait.
  ///
  /// poll(2) has checked all entries, which takes longer than the update.
  mutating func enterChanges() {
    guard isOutOfDate else { return }
    isOutOfDate = false
    // This step follows `collect`, which reads the flags in the old list.
    if let larger = largerList.take() {
      list.free()
      list = larger
    }
    for position in 0..<count { enter(position) }
  }

  /// Whether the flags at a position of the list belong to the registration that is there now.
  ///
  /// The registration that poll(2) checked may have ended since. Another registration may have the position, or even
  /// the number of the descriptor. The other registration either is older and has moved, or is newer than the wait. The
  /// next wait checks a moved registration again.
  @inline(__always)
  func isCurrent(_ position: Int) -> Bool {
    guard position < count else { return false }
    let record = records[position]
    return record.descriptor == list[position].descriptor && record.generation <= waitGeneration
  }

  /// Takes the conditions that poll(2) saw at a current position, and returns the event to report, if any.
  @inline(__always)
  mutating func take(at position: Int) -> PosixPollEvent? {
    let seen = Conditions(rawValue: list[position].revents)
    if seen.contains(.invalid) {
      // Other code has closed the descriptor, and its number may next belong to a different file.
      remove(at: position)
      return nil
    }
    var readiness = records[position].readiness
    let news = readiness.take(seen)
    set(readiness, at: position)
    return news.isEmpty ? nil : PosixPollEvent(token: records[position].token, flags: news)
  }

  /// Interrupts a waiting thread, so that it takes a change into account.
  @inline(__always)
  private func interruptWait() {
    if isWaiting, let notifier { Self.notify(notifier) }
  }

  // This function is static and gets only the notifier, because the compiler would copy the table for a method.
  @inline(never)
  private static func notify(_ notifier: Notifier) {
    do throws(IOError) {
      try notifier.notify()
    } catch {
      fatalError("A write to the poll's own pipe failed: \(error). Close only descriptors that the program has opened.")
    }
  }
}
