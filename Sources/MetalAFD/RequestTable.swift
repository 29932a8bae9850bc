#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore
internal import MetalSystem

/// The records of a selector, in groups with a handle of AFD each.
///
/// A handle of AFD becomes slow if many requests are under way on it, so a group holds few records. The memory of a
/// group does not move, and is freed after the last completion.
///
/// The table has one exception to the rule of `Guarded`. While a request is under way, the kernel writes to it without
/// the lock. No code reads or frees that request until the completion.
@usableFromInline
struct RequestTable: ~Copyable {
  /// The number of records in a group.
  static var groupSize: Int { 32 }

  @safe
  private struct Group {
    /// The handle of AFD.
    let device: Int
    let records: UnsafeMutablePointer<Record>
  }

  private var groups: [Group] = []
  private var firstFree: Int32 = -1
  private var firstChange: Int32 = -1
  private var lastChange: Int32 = -1
  private var lastGeneration: UInt64 = 0

  /// The completion port; -1 after the end of the selector.
  private(set) var port: Int
  /// The number of requests under way.
  private(set) var underWayCount = 0
  /// The number of requests and of waits that have begun.
  private(set) var begun = (requests: 0, waits: 0)
  /// Whether a thread waits on the port.
  private(set) var isWaiting = false
  /// The number of wakers.
  var wakerCount = 0
  /// The woken wakers in the order of their first wakes, with capacity for all wakers.
  var woken: [WakeFlag] = []
  /// Whether the completion of the wakers is in the queue of the port.
  var isWakePosted = false
  /// The timer for short waits; negative if the system has none, and `nil` before the first short wait.
  private var timer: Int?

  init(port: Int) { self.port = port }

  deinit {
    // Safety: `end()` has waited for all completions, so neither the kernel nor a registration uses the records.
    for group in groups { unsafe group.records.deallocate() }
  }

  /// The record at an index.
  private subscript(index: Int32) -> Record {
    _read {
      // Safety: an array checks the group, and the remainder lies within it.
      yield unsafe groups[Int(index) / Self.groupSize].records[Int(index) % Self.groupSize]
    }
    _modify {
      // Safety: as above, and the holder of the lock has exclusive access.
      yield unsafe &groups[Int(index) / Self.groupSize].records[Int(index) % Self.groupSize]
    }
  }

  private func device(of index: Int32) -> Int { groups[Int(index) / Self.groupSize].device }

  /// The address of a record's request, which is the address of the record.
  @unsafe
  private func request(of index: Int32) -> UnsafeMutablePointer<metal_afd_request> {
    // Safety: the request is the first field of the record.
    let record = unsafe groups[Int(index) / Self.groupSize].records + Int(index) % Self.groupSize
    return unsafe UnsafeMutableRawPointer(record).assumingMemoryBound(to: metal_afd_request.self)
  }
}

// MARK: - For tests

extension RequestTable {
  /// The number of handles of AFD.
  var groupCount: Int { groups.count }

  /// Writes to the request of the next free record, as a faulty kernel would.
  mutating func scribble() { self[firstFree].request.status = 0 }
}

// MARK: - Registrations

extension RequestTable {
  /// Whether a registration has not ended.
  func contains(_ index: Int32, _ generation: UInt64) -> Bool {
    port >= 0 && self[index].generation == generation
  }

  /// Adds a socket, and returns the place and the number of its registration.
  mutating func add(socket: Int, token: Token, interests: Interests) throws(IOError) -> (index: Int32, generation: UInt64) {
    if firstFree < 0 { try addGroup() }
    let index = firstFree
    firstFree = self[index].next
    self[index].checkUnused()
    lastGeneration += 1
    self[index].generation = lastGeneration
    self[index].token = token
    self[index].socket = socket
    self[index].readiness = Readiness(interests: interests)
    self[index].state = []
    do throws(IOError) {
      try didChange(index)
    } catch {
      remove(at: index)
      throw error
    }
    return (index, lastGeneration)
  }

  /// Replaces the token and the interests of a registration, and arms all its interests again.
  ///
  /// Returns the new number of the registration, or `nil` if the registration has ended.
  mutating func replace(
    _ index: Int32, _ generation: UInt64, socket: Int, token: Token, interests: Interests
  ) throws(IOError) -> UInt64? {
    guard contains(index, generation) else { return nil }
    lastGeneration += 1
    self[index].generation = lastGeneration
    self[index].token = token
    self[index].readiness = Readiness(interests: interests)
    // The number of a socket that other code has closed may belong to another socket now.
    if self[index].isUnderWay {
      self[index].state.insert(.isRenewed)
      if self[index].socket != socket { self[index].requested = [] }
    }
    self[index].socket = socket
    try didChange(index)
    return lastGeneration
  }

  /// Ends a registration, or returns `false` if it does not exist.
  ///
  /// If a request is under way, the method cancels it, and the record becomes free with its completion.
  mutating func remove(_ index: Int32, _ generation: UInt64) -> Bool {
    guard contains(index, generation) else { return false }
    remove(at: index)
    return true
  }

  /// Arms a direction of a registration again, if the registration exists.
  mutating func rearm(_ index: Int32, _ generation: UInt64, _ interest: Interests) {
    guard contains(index, generation) else { return }
    self[index].readiness.rearm(interest)
    do throws(IOError) {
      try didChange(index)
    } catch {
      // The thread that waits tries again, and its wait throws the error.
      enqueue(index)
      _ = metal_port_post(port, PortKey.wake, 0)
    }
  }

  private mutating func remove(at index: Int32) {
    self[index].generation = 0
    if self[index].isUnderWay { cancel(index) } else { free(index) }
  }

  /// Puts a record without a request into the list of free records.
  private mutating func free(_ index: Int32) {
    // A record in the list of changes becomes free when the list reaches it.
    guard !self[index].state.contains(.isChanged) else { return }
    self[index].next = firstFree
    firstFree = index
  }

  private mutating func addGroup() throws(IOError) {
    let device = metal_afd_open(port, PortKey.request)
    try SystemKernel.check(device)
    let first = Int32(groups.count * Self.groupSize)
    // Safety: the memory has room for the records of a group, and the loop initializes each of them once.
    let records = UnsafeMutablePointer<Record>.allocate(capacity: Self.groupSize)
    unsafe groups.append(Group(device: device, records: records))
    for place in (0..<Int32(Self.groupSize)).reversed() {
      unsafe (records + Int(place)).initialize(to: Record(index: first + place))
      free(first + place)
    }
  }
}

// MARK: - Requests

extension RequestTable {
  /// Notes that the request of a record may have to change.
  ///
  /// If a thread waits, the method changes the request at once. Otherwise the next wait makes all changes together.
  private mutating func didChange(_ index: Int32) throws(IOError) {
    guard self[index].needsChange, !self[index].state.contains(.isChanged) else { return }
    if isWaiting {
      try change(index)
    } else {
      enqueue(index)
    }
  }

  private mutating func enqueue(_ index: Int32) {
    self[index].state.insert(.isChanged)
    self[index].next = -1
    if lastChange < 0 { firstChange = index } else { self[lastChange].next = index }
    lastChange = index
  }

  /// Makes all changes, and begins a wait.
  ///
  /// - Returns: The timer of the wait, if the wait is to be short and the system has such timers.
  mutating func beginWait(isShort: Bool) throws(IOError) -> Int? {
    try makeChanges()
    try postWake()
    isWaiting = true
    begun.waits &+= 1
    guard isShort else { return nil }
    let timer = self.timer ?? metal_timer_open()
    self.timer = timer
    return timer >= 0 ? timer : nil
  }

  /// Ends a wait.
  mutating func endWait() { isWaiting = false }

  /// Makes all changes of the list.
  private mutating func makeChanges() throws(IOError) {
    while firstChange >= 0 {
      let index = firstChange
      if self[index].generation != 0 { try change(index) }
      firstChange = self[index].next
      if firstChange < 0 { lastChange = -1 }
      self[index].state.remove(.isChanged)
      if self[index].generation == 0, !self[index].isUnderWay { free(index) }
    }
  }

  /// Starts the request that a record needs, or cancels a request that does not ask for enough.
  private mutating func change(_ index: Int32) throws(IOError) {
    guard self[index].needsChange else { return }
    guard !self[index].isUnderWay else { return cancel(index) }
    self[index].checkUnused()
    let armed = self[index].readiness.armed
    let socket = self[index].socket
    // Safety: nothing moves or frees the record until the completion.
    let result = unsafe metal_afd_poll(device(of: index), request(of: index), socket, UInt32(armed.rawValue))
    guard result >= 0 else {
      self[index].request = Record.unused
      let error = SystemKernel.error(for: IOResult(rawValue: Int(result)))
      // The error is that of the socket, or that of the handle of AFD.
      guard error.kind == .badDescriptor, metal_base_socket(socket) < 0 else { throw error }
      // Other code has closed the socket.
      self[index].generation = 0
      return free(index)
    }
    self[index].requested = armed
    self[index].state.formUnion(.isUnderWay)
    self[index].state.subtract([.isCancelled, .isRenewed])
    underWayCount += 1
    begun.requests &+= 1
  }

  private mutating func cancel(_ index: Int32) {
    guard !self[index].state.contains(.isCancelled) else { return }
    self[index].state.insert(.isCancelled)
    // Safety: the request is under way, so nothing has moved or freed the record.
    unsafe metal_afd_cancel(device(of: index), request(of: index))
  }

  /// Takes the completion of a request, and returns the event to report; `nil` if there is nothing new to report.
  mutating func complete(_ completion: metal_completion) -> AFDEvent? {
    // Safety: the context of a request is the address of its record, which stays in place.
    let index = unsafe UnsafePointer<Record>(bitPattern: completion.context)!.pointee.index
    guard self[index].isUnderWay else {
      fatalError("Windows has completed a request of AFD twice. Report this as a bug of the library.")
    }
    let request = self[index].request
    let isRenewed = self[index].state.contains(.isRenewed)
    self[index].request = Record.unused
    self[index].state.subtract([.isUnderWay, .isCancelled, .isRenewed])
    underWayCount -= 1
    guard self[index].generation != 0 else {
      free(index)
      return nil
    }

    let seen = Self.conditions(of: request)
    if seen.hasAny(of: .closed), !isRenewed {
      // Other code has closed the socket, and its number may next belong to another socket.
      self[index].generation = 0
      free(index)
      return nil
    }
    let news = self[index].readiness.take(seen)
    if self[index].needsChange, !self[index].state.contains(.isChanged) { enqueue(index) }
    return news.isEmpty ? nil : AFDEvent(token: self[index].token, conditions: news)
  }

  /// The conditions that a completed request has seen.
  private static func conditions(of request: metal_afd_request) -> Conditions {
    switch Int32(truncatingIfNeeded: request.status) {
    case Int32(METAL_STATUS_SUCCESS):
      request.count > 0 ? Conditions(rawValue: UInt16(truncatingIfNeeded: request.events)) : []
    case Int32(truncatingIfNeeded: METAL_STATUS_CANCELLED): []
    // The program learns the reason from its next operation.
    default: .aborted
    }
  }

  /// Whether a change waits to be made.
  var hasChanges: Bool { firstChange >= 0 }

  /// Cancels all requests and the operations of pipes, waits for their completions, and closes the handles and the port.
  ///
  /// All registrations have ended afterwards.
  mutating func end(_ pipes: NamedPipePort) {
    var pipeCount = pipes.end()
    for index in 0..<Int32(groups.count * Self.groupSize) {
      self[index].generation = 0
      if self[index].isUnderWay { cancel(index) }
    }
    while let completion = nextCompletion(isLast: underWayCount == 0 && pipeCount == 0) {
      switch completion.key {
      case PortKey.request: _ = complete(completion)
      case PortKey.wake: break
      default:
        pipeCount -= 1
        _ = event(of: completion)
      }
    }
    for index in 0..<Int32(groups.count * Self.groupSize) { self[index].checkUnused() }
    for group in groups { metal_handle_close(group.device) }
    if let timer, timer >= 0 { metal_handle_close(timer) }
    metal_handle_close(port)
    port = -1
  }

  /// Waits for a completion, or takes one that has come already.
  private func nextCompletion(isLast: Bool) -> metal_completion? {
    var completion = metal_completion()
    // Safety: the call writes at most one record.
    let count = unsafe metal_port_wait(port, &completion, 1, isLast ? 0 : Self.patience)
    if count == 1 { return completion }
    guard isLast else {
      fatalError("Windows does not complete a cancelled request. Report this as a bug of the library.")
    }
    return nil
  }

  /// The longest time in milliseconds that the system may take for a cancelled request.
  private static var patience: Int64 { 60_000 }
}
#endif
