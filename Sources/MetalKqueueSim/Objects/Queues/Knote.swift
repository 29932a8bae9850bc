internal import MetalKqueue

/// One registration of an event queue, named by the queue, a number and a filter.
final class Knote {
  let queue: EventQueue
  let ident: UInt
  let filter: KernelEvent.Filter
  /// The watched object; `nil` for a user event.
  let file: File?

  /// The flags that the first change fixes for the life of the registration (L3).
  let sticky: KernelEvent.Flags
  /// The program's name for the registration, which every change replaces (L2, L5).
  var token: UInt
  /// Whether the object was a listener at the first change, which some systems never check again (R2).
  private let isOfListener: Bool
  /// The flags and the number that the last change gave to the filter (L2).
  var filterFlags: UInt32
  var data: Int

  var isDisabled = false
  /// Whether the registration has an event to deliver.
  var isActive = false
  /// Whether a user event has a trigger that is not cleared.
  var isTriggered = false
  /// The result of the filter's last run while active, which some systems deliver for a one-shot (L12).
  var found: Condition = .never

  /// The neighbours in the list of registrations with an event to deliver.
  var previous: Knote?
  var next: Knote?
  var isQueued = false

  /// The time of the last delivery, for diagnoses.
  var deliveredAt: Int64?

  init(_ queue: EventQueue, _ change: KernelEvent, _ file: File?) {
    self.queue = queue
    self.file = file
    ident = change.ident
    filter = change.filter
    sticky = change.flags.intersection([.clear, .oneShot, .dispatch, .receipt])
    token = change.token
    filterFlags = change.filterFlags
    data = change.data
    isOfListener = file?.waitingConnections != nil
    isDisabled = change.disables(queue.kernel.profile)
  }

  /// The result of the filter at this moment.
  var condition: Condition {
    switch filter {
    case .read: isForAnotherKind ? .never : file?.readCondition(self) ?? .never
    case .write: file?.writeCondition(self) ?? .never
    // A user event fires until its trigger is cleared (U1).
    default: Condition(isTrue: isTriggered, data: data)
    }
  }

  /// Whether the object became or ceased to be a listener, so that the registration is for the other kind (R2).
  private var isForAnotherKind: Bool {
    queue.kernel.profile.queues.decidesListenerAtAdd && isOfListener != (file?.waitingConnections != nil)
  }

  // MARK: Low-water marks

  /// The least number of bytes of a readable object: one, or the registration's own mark (R4).
  ///
  /// Some systems limit the registration's mark to the range from one to the buffer's size.
  func readLowWater(most: Int) -> Int {
    guard filterFlags & KernelEvent.lowWaterMark != 0 else { return 1 }
    return queue.kernel.profile.queues.boundsLowWater ? min(max(data, 1), max(most, 1)) : data
  }

  /// The least room of a writable object: the socket's mark, or the registration's own mark.
  ///
  /// Some systems limit the registration's mark to the range from the socket's mark to the buffer's size.
  func writeLowWater(_ usual: Int, most: Int) -> Int {
    guard filterFlags & KernelEvent.lowWaterMark != 0 else { return usual }
    return queue.kernel.profile.queues.boundsLowWater ? min(max(data, usual), max(most, usual)) : data
  }
}

/// The registrations for one direction of an object, the newest first (L18).
struct KnoteList {
  private(set) var knotes: [Knote] = []

  mutating func insert(_ knote: Knote) {
    knotes.insert(knote, at: 0)
  }

  mutating func remove(_ knote: Knote) {
    knotes.removeAll { $0 === knote }
  }

  /// Runs the filters, after a change that the filters may report.
  func touch(_ world: World) {
    for knote in knotes { knote.queue.run(knote, world) }
  }
}

extension File {
  /// Runs the filters of both directions after a disconnection, in the order of the system (S8).
  func touchBoth(_ world: World) {
    if world.profile.queues.firesWriteFirst {
      writers.touch(world)
      readers.touch(world)
    } else {
      readers.touch(world)
      writers.touch(world)
    }
  }
}
