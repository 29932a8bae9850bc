internal import MetalCore
internal import MetalKqueue

/// An event queue: its registrations, and a list of the registrations with an event to deliver.
final class EventQueue: File {
  /// The registrations for descriptors, two slots for each number, and the registrations for user events.
  private var slots: [Knote?] = []
  private var userEvents: [UInt: Knote] = [:]

  /// The ends of the list of registrations with an event to deliver (D1).
  private var head: Knote?
  private var tail: Knote?
  private(set) var queuedCount = 0

  /// Whether the program has closed the last descriptor of this queue.
  private(set) var isClosed = false

  // MARK: As a file

  /// The reading filter's result for a queue that watches this queue (C16).
  override func readCondition(_ knote: Knote) -> Condition {
    Condition(isTrue: queuedCount > 0, data: queuedCount)
  }

  /// The reason why another queue cannot watch this queue, except for reading.
  ///
  /// NetBSD lets a queue watch itself, and panics if two queues watch each other (C16).
  override func attachError(_ filter: KernelEvent.Filter, _ queue: EventQueue, _ world: World) -> Errno? {
    if filter == .write { return .invalid }
    if queue === self { return world.profile.queues.canWatchItself ? nil : .invalid }
    if world.profile.queues.panicsOnMutualWatching, slots.contains(where: { $0?.file === queue }) {
      fatalError(
        "Two event queues of the machine \"\(kernel.host.name)\" watch each other, which makes the kernel of "
          + "\(world.profile.name) panic. Let only one of them watch the other.")
    }
    return nil
  }

  /// Drops the registrations and nothing else (L17).
  override func close(_ world: World) {
    isClosed = true
    unlink()
  }

  override func unlink() {
    for knote in knotes { detach(knote) }
  }

  override var summary: String { "kqueue with \(queuedCount) pending" }

  /// All registrations: by descriptor, reading first, then user events by number.
  var knotes: [Knote] { slots.compactMap { $0 } + userEvents.values.sorted { $0.ident < $1.ident } }

  // MARK: Registrations

  func knote(_ ident: UInt, _ filter: KernelEvent.Filter) -> Knote? {
    if filter == .user { return userEvents[ident] }
    guard ident < UInt(slots.count / 2) else { return nil }
    return slots[Self.slot(ident, filter)]
  }

  private static func slot(_ ident: UInt, _ filter: KernelEvent.Filter) -> Int {
    Int(ident) * 2 + (filter == .read ? 0 : 1)
  }

  func attach(_ knote: Knote) {
    guard knote.filter != .user else { return userEvents[knote.ident] = knote }
    let slot = Self.slot(knote.ident, knote.filter)
    // Both directions of a descriptor have a slot, even if the queue watches only one direction.
    let missing = (slot | 1) + 1 - slots.count
    if missing > 0 { slots.append(contentsOf: repeatElement(nil, count: missing)) }
    slots[slot] = knote
    if knote.filter == .read { knote.file?.readers.insert(knote) } else { knote.file?.writers.insert(knote) }
  }

  /// Ends a registration, and drops its pending event (L10).
  func detach(_ knote: Knote) {
    dequeue(knote)
    knote.isActive = false
    guard knote.filter != .user else { return userEvents[knote.ident] = nil }
    slots[Self.slot(knote.ident, knote.filter)] = nil
    if knote.filter == .read { knote.file?.readers.remove(knote) } else { knote.file?.writers.remove(knote) }
  }

  // MARK: Activation

  /// Runs a registration's filter, and queues the registration if the filter fires (D1, D2).
  func run(_ knote: Knote, _ world: World) {
    let condition = knote.condition
    if condition.isTrue { knote.isActive = true }
    guard knote.isActive else { return }
    knote.found = condition
    guard condition.isTrue else { return }
    enqueue(knote, world)
  }

  /// Puts an active registration at the end of the queue.
  ///
  /// The method ignores a queued or disabled registration, and otherwise runs the filters of watching queues.
  func enqueue(_ knote: Knote, _ world: World) {
    guard knote.isActive, !knote.isQueued, !knote.isDisabled else { return }
    append(knote)
    readers.touch(world)
  }

  /// Puts a registration at the end of the queue, without running any filter.
  func append(_ knote: Knote) {
    knote.isQueued = true
    knote.previous = tail
    tail?.next = knote
    if head == nil { head = knote }
    tail = knote
    queuedCount += 1
  }

  func dequeue(_ knote: Knote) {
    guard knote.isQueued else { return }
    knote.isQueued = false
    knote.previous?.next = knote.next
    knote.next?.previous = knote.previous
    if head === knote { head = knote.next }
    if tail === knote { tail = knote.previous }
    knote.previous = nil
    knote.next = nil
    queuedCount -= 1
  }

  /// Removes and returns the first registration of the queue.
  func dequeueFirst() -> Knote? {
    guard let knote = head else { return nil }
    dequeue(knote)
    return knote
  }
}
