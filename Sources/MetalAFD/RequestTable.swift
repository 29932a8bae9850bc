#if METAL_WINDOWS
internal import CMetalSystem
internal import MetalCore
internal import MetalSystem

/// The records of a selector, in groups with a handle of AFD each.
///
/// A handle of AFD becomes slow if many requests are under way on it, so a group holds few records. The memory of a
/// group does not move. The table frees this memory after the last completion.
///
/// The table has one exception to the rule of `Guarded`. While a request is under way, the kernel writes to it without
/// the lock. No code uses or frees that request until the completion.
@usableFromInline
struct RequestTable: ~Copyable {
  /// The number of records in a group.
  static var groupSize: Int { 32 }

  @safe
  struct Group {
    /// The handle of AFD.
    let device: Int
    let records: UnsafeMutablePointer<Record>
  }

  var groups: [Group] = []
  var firstFree: Int32 = -1
  var firstChange: Int32 = -1
  var lastChange: Int32 = -1
  private var lastGeneration: UInt64 = 0

  /// The completion port; -1 after the end of the selector.
  var port: Int
  /// The number of requests under way.
  var underWayCount = 0
  /// The numbers of requests and of waits that have started.
  var begun = (requests: 0, waits: 0)
  /// Whether a thread waits on the port.
  var isWaiting = false
  /// The wakers with a pending wake.
  var wakers = WokenWakers()
  /// Whether the selector has queued a completion for the wakers, and has taken no completion with the same key since.
  var isWakePosted = false
  /// The timer for short waits; negative if the system has none, and `nil` before the first short wait.
  var timer: Int?

  init(port: Int) { self.port = port }

  deinit {
    // Safety: `end()` has waited for all completions, so neither the kernel nor a registration uses the records.
    for group in groups { unsafe group.records.deallocate() }
  }

  /// The record at an index.
  subscript(index: Int32) -> Record {
    _read {
      // Safety: an array checks the group, and the remainder lies within it.
      yield unsafe groups[Int(index) / Self.groupSize].records[Int(index) % Self.groupSize]
    }
    _modify {
      // Safety: as above, and the holder of the lock has exclusive access.
      yield unsafe &groups[Int(index) / Self.groupSize].records[Int(index) % Self.groupSize]
    }
  }

  func device(of index: Int32) -> Int { groups[Int(index) / Self.groupSize].device }

  /// The address of a record's request, which is the address of the record.
  @unsafe
  func request(of index: Int32) -> UnsafeMutablePointer<metal_afd_request> {
    // Safety: the request is the first field of the record.
    let record = unsafe groups[Int(index) / Self.groupSize].records + Int(index) % Self.groupSize
    return unsafe UnsafeMutableRawPointer(record).assumingMemoryBound(to: metal_afd_request.self)
  }
}

// MARK: - Registrations

extension RequestTable {
  /// Whether a registration has not ended.
  func contains(_ index: Int32, _ generation: UInt64) -> Bool {
    port >= 0 && self[index].generation == generation
  }

  /// Adds a socket, and returns the place and the number of its registration.
  mutating func add(
    socket: Int, token: Token, interests: Interests
  ) throws(IOError) -> (index: Int32, generation: UInt64) {
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
  /// The method returns the new number of the registration, or `nil` if the registration has ended.
  mutating func replace(
    _ index: Int32, _ generation: UInt64, socket: Int, token: Token, interests: Interests
  ) -> UInt64? {
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
    didChangeLater(index)
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
    didChangeLater(index)
  }

  private mutating func remove(at index: Int32) {
    self[index].generation = 0
    if self[index].isUnderWay { cancel(index) } else { free(index) }
  }

  /// Puts a record without a request into the list of free records.
  mutating func free(_ index: Int32) {
    // A record in the list of changes becomes free when the table handles the list.
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
#endif
