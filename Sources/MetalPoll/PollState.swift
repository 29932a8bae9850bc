internal import MetalCore

/// The registered descriptors, dense in memory, and what has changed since the wait list was last brought up to date.
///
/// The record at position 0 is the selector's own, for the descriptor that interrupts the wait.
struct PollState: ~Copyable {
  private var records: Column<PollRecord>
  /// The number of records in use.
  private(set) var count = 1
  /// For each descriptor its position, or -1.
  private var positions: Column<Int32>
  /// Positions at which the wait list is out of date, each once.
  private var changes: Column<Int32>
  private var changeCount = 0
  private var isChanged: Column<Bool>
  private var lastGeneration: UInt64 = 0
  /// The next wait list, after the table was grown: polling allocates nothing.
  private var larger: WaitList?

  /// What interrupts the wait; `nil` when the selector is gone, and with it all registrations.
  var notifier: PollNotifier?
  /// The wakers, in the order in which they are asked.
  var wakers: [PollWaker] = []

  /// Whether a thread is waiting, or back from its wait and about to take the lock.
  var isWaiting = false
  /// How many waits have ended.
  var endedWaits: UInt64 = 0
  /// Where the next look at the list begins: after what the last one told, if there was no room for more.
  var cursor = 0
  /// The waker that is asked first, for the same reason.
  var nextWaker = 0

  init(_ notifier: PollNotifier, capacity: Int) {
    self.notifier = notifier
    let descriptor = notifier.descriptor
    let own = PollRecord(generation: 0, descriptor: descriptor, token: 0, interests: .readable)
    records = Column(repeating: own, count: capacity)
    positions = Column(repeating: -1, count: Int(descriptor) + 1)
    positions[Int(descriptor)] = 0
    changes = Column(repeating: 0, count: capacity)
    isChanged = Column(repeating: false, count: capacity)
    noteChange(at: 0)
  }

  deinit {
    records.free()
    positions.free()
    changes.free()
    isChanged.free()
  }
}

// MARK: - Registrations

extension PollState {
  /// Returns the position of a registration, or `nil` if it has ended.
  func position(of descriptor: Int32, _ generation: UInt64) -> Int? {
    guard descriptor < positions.capacity, notifier != nil else { return nil }
    let position = Int(positions[Int(descriptor)])
    guard position >= 0, records[position].generation == generation else { return nil }
    return position
  }

  /// Adds a descriptor and returns the number of its registration, or `nil` if it is in the table already.
  mutating func add(_ descriptor: Int32, token: Token, interests: Interest) -> UInt64? {
    if Int(descriptor) >= positions.capacity {
      positions.grow(to: max(Int(descriptor) + 1, positions.capacity * 2), filling: -1)
    }
    guard positions[Int(descriptor)] < 0 else { return nil }
    if count == records.capacity { grow() }
    lastGeneration += 1
    records[count] = PollRecord(
      generation: lastGeneration, descriptor: descriptor, token: token, interests: PollFlags(interests))
    positions[Int(descriptor)] = Int32(count)
    noteChange(at: count)
    count += 1
    return lastGeneration
  }

  /// Ends a registration, and returns whether there was one.
  mutating func remove(_ descriptor: Int32, _ generation: UInt64) -> Bool {
    guard let position = position(of: descriptor, generation) else { return false }
    remove(at: position)
    return true
  }

  /// Removes the record at a position; the last one takes its place.
  private mutating func remove(at position: Int) {
    precondition(position > 0 && position < count)
    positions[Int(records[position].descriptor)] = -1
    count -= 1
    guard position < count else { return }
    records[position] = records[count]
    positions[Int(records[position].descriptor)] = Int32(position)
    noteChange(at: position)
  }

  /// Replaces token and interests of the record at a position, and re-arms it.
  mutating func replace(at position: Int, token: Token, interests: Interest) {
    records[position].replace(token: token, interests: PollFlags(interests))
    noteChange(at: position)
  }

  /// Changes the record at a position by a method that returns whether poll(2) is to be asked for something else, and
  /// returns the same.
  mutating func update(at position: Int, _ change: (inout PollRecord) -> Bool) -> Bool {
    guard change(&records[position]) else { return false }
    noteChange(at: position)
    return true
  }

  private mutating func grow() {
    let capacity = records.capacity * 2
    records.grow(to: capacity, filling: records[0])
    changes.grow(to: capacity, filling: 0)
    isChanged.grow(to: capacity, filling: false)
    larger = WaitList(capacity: capacity)
  }

  private mutating func noteChange(at position: Int) {
    if isChanged[position] { return }
    isChanged[position] = true
    changes[changeCount] = Int32(position)
    changeCount += 1
  }
}

// MARK: - Interrupting

extension PollState {
  /// Makes a thread that waits take into account what has changed.
  func interruptWait() {
    guard isWaiting, let notifier else { return }
    do throws(IOError) {
      try notifier.notify()
    } catch {
      fatalError("The poll's own pipe is broken, \(error): close no descriptor that others have opened.")
    }
  }
}

// MARK: - The wait list

extension PollState {
  /// Brings the wait list up to date.
  mutating func synchronize(_ list: inout WaitList) {
    if var next = larger.take() {
      next.copy(list)
      list = next
    }
    for index in 0..<changeCount {
      let position = Int(changes[index])
      isChanged[position] = false
      if position < count { list.set(position, for: records[position]) }
    }
    changeCount = 0
    list.resize(to: count)
  }

  /// Takes what poll(2) has seen at a position of the list, and returns the event that is to be told, if any.
  ///
  /// The list may be out of date: the registration that the entry was made for may have ended since, and its position
  /// or even its descriptor's number be another's. Its generation tells. What has moved is seen again by the next wait.
  mutating func take(at position: Int, of list: borrowing WaitList) -> PollEvent? {
    guard position < count, list.generation(at: position) == records[position].generation else { return nil }
    let seen = list.seen(at: position)
    if seen.contains(.invalid) {
      // Somebody has closed the descriptor and not told: whatever gets the number next is not what was registered.
      remove(at: position)
      return nil
    }
    let before = (records[position].armed, records[position].isMuted)
    let news = records[position].take(seen)
    if before != (records[position].armed, records[position].isMuted) { noteChange(at: position) }
    return news.isEmpty ? nil : PollEvent(token: records[position].token, flags: news)
  }
}
