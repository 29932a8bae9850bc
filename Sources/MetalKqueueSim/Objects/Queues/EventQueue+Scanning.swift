internal import MetalKqueue

extension EventQueue {
  /// Delivers the registrations that are queued now, from the head on (D3–D6).
  func scan(into events: inout OutputSpan<KernelEvent>, _ world: World) -> Int {
    var delivered = 0
    for _ in 0..<queuedCount {
      guard events.freeCapacity > 0, let knote = dequeueFirst() else { break }
      guard let event = deliver(knote, world) else { continue }
      events.append(event)
      delivered += 1
      world.recordEvent(.delivery, kernel.host, event, nil)
    }
    return delivered
  }

  /// Makes the event of a dequeued registration; `nil` if the condition no longer holds.
  private func deliver(_ knote: Knote, _ world: World) -> KernelEvent? {
    let profile = world.profile
    let isOneShot = knote.sticky.contains(.oneShot)
    // The program may have read the data, so the filter runs again (D4), except for one-shots on some systems (L12).
    let isAskedAgain = !isOneShot || profile.queues.rechecksOneShot
    let condition = isAskedAgain ? knote.condition : knote.found
    guard condition.isTrue || !isAskedAgain else {
      knote.isActive = false
      return nil
    }
    var flags = knote.sticky
    if profile.queues.showsAddFlag { flags.insert(.add) }
    if condition.isEnd { flags.insert(.endOfFile) }
    let isUser = knote.filter == .user
    let event = KernelEvent(
      ident: knote.ident, filter: knote.filter, flags: flags,
      filterFlags: isUser ? knote.filterFlags : UInt32(bitPattern: condition.code), data: condition.data,
      token: knote.token)
    knote.deliveredAt = world.now
    if knote.filter == .read { knote.file?.isEndKnown = false }

    if isOneShot || condition.isEnd && knote.endsWhenDelivered(profile) {
      detach(knote)
    } else if knote.sticky.contains(.clear) || knote.sticky.contains(.dispatch) {
      let isEdge = knote.sticky.contains(.clear)
      if knote.sticky.contains(.dispatch), !isEdge || profile.queues.dispatchDisablesEdges { knote.isDisabled = true }
      if isEdge {
        knote.isActive = false
        // A delivery clears the trigger and keeps the stored bits.
        if isUser { knote.isTriggered = false }
      }
    } else {
      // A level goes to the end of the queue, behind the mark, without an event for a queue that watches this queue.
      append(knote)
    }
    return event
  }
}

extension Knote {
  /// Whether the event that reports the loss of the reader ends the registration of a pipe's writer (P6).
  fileprivate func endsWhenDelivered(_ profile: KernelProfile) -> Bool {
    profile.pipes.lostReaderEndsRegistration && filter == .write && file?.isPipeWriter == true
  }
}
