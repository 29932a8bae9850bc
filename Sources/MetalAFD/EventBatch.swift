#if METAL_WINDOWS
/// The events that a wait collects, in the caller's memory.
@safe
struct EventBatch {
  private let events: UnsafeMutableBufferPointer<AFDEvent>
  /// The number of events.
  private(set) var count = 0

  /// Makes an empty batch.
  ///
  /// The memory must stay valid as long as the batch is in use.
  @unsafe
  init(_ events: UnsafeMutableBufferPointer<AFDEvent>) { unsafe self.events = events }

  // Safety: the code reads only the size of the buffer.
  var hasRoom: Bool { unsafe count < events.count }

  mutating func append(_ event: AFDEvent) {
    precondition(hasRoom)
    // Safety: the precondition has checked the room.
    unsafe events[count] = event
    count += 1
  }
}
#endif
