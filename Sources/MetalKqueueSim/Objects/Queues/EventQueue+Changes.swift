internal import MetalCore
internal import MetalKqueue

extension EventQueue {
  /// Makes changes in order, and appends the answers to the changes (C5–C9).
  ///
  /// Returns the number of answers, or a failure that ends the call. A failed call removes its earlier answers, because
  /// the program could not know of the answers.
  func make(
    _ changes: Span<KernelEvent>, answers: inout OutputSpan<KernelEvent>, _ world: World
  ) -> IOResult {
    var answered = 0
    for index in changes.indices {
      var change = changes[index]
      // The upper bits are the system's own (C3).
      change.flags = KernelEvent.Flags(rawValue: change.flags.rawValue & 0x0FFF)
      // In a build for NetBSD, filter 0 is the reading filter.
      if change.filter.rawValue == 0, change.filter != .read, world.profile.queues.skipsFilterZero { continue }
      var isNew = false
      let errno = make(change, world, isNew: &isNew)
      world.recordEvent(.change, kernel.host, change, errno)
      guard errno != nil || change.flags.contains(.receipt) else { continue }
      if answers.freeCapacity > 0 {
        var answer = changes[index]
        answer.flags = world.profile.queues.answersKeepFlags ? change.flags.union(.error) : .error
        if isNew, !world.profile.queues.newReceiptsKeepFilterFlags { answer.filterFlags = 0 }
        answer.data = Int(errno?.rawValue ?? 0)
        answers.append(answer)
        answered += 1
      } else if errno != nil || !world.profile.queues.goesOnWithoutRoomForReceipt {
        answers.removeLast(answered)
        return errno.map { .failure($0) } ?? .success()
      }
    }
    return .success(answered)
  }

  /// Makes one change, or returns the reason for a refusal.
  private func make(_ change: KernelEvent, _ world: World, isNew: inout Bool) -> Errno? {
    let profile = world.profile
    let isUser = change.filter == .user
    guard isUser || change.filter == .read || change.filter == .write else { return .invalid }
    if profile.queues.enableWithDisable == .isRefused, change.flags.isSuperset(of: [.enable, .disable]) {
      return .invalid
    }

    let file = isUser ? nil : kernel.file(change.ident)
    if !isUser, file == nil, change.flags.contains(.add) || !profile.queues.looksUpRegistrationFirst {
      return .badDescriptor
    }
    if let knote = knote(change.ident, change.filter) {
      guard change.flags.contains(.delete) else { return modify(knote, change, world) }
      detach(knote)
      return nil
    }
    guard change.flags.contains(.add) else { return .noEntry }
    if change.flags.contains(.delete), !profile.queues.addsDespiteDelete { return .noEntry }
    if let errno = file?.attachError(change.filter, self, world) { return errno }
    let knote = Knote(self, change, file)
    if isUser { knote.begin(change) }
    attach(knote)
    isNew = true
    // A condition that holds already fires at once (L6).
    run(knote, world)
    return nil
  }

  /// Modifies an existing registration (L2–L8).
  private func modify(_ knote: Knote, _ change: KernelEvent, _ world: World) -> Errno? {
    knote.token = change.token
    if knote.filter == .user {
      knote.update(change, world)
      // Without its trigger, the event is no longer pending.
      if !knote.isTriggered {
        knote.isActive = false
        dequeue(knote)
      }
    } else {
      knote.filterFlags = change.filterFlags
      knote.data = change.data
    }
    if change.disables(world.profile) {
      knote.isDisabled = true
      dequeue(knote)
    } else if change.flags.contains(.enable) {
      knote.isDisabled = false
    }
    // Every change re-arms, so the filter runs again even after a delivered event (L4).
    run(knote, world)
    enqueue(knote, world)
    return nil
  }
}

extension KernelEvent {
  /// Whether the change leaves its registration disabled (L9).
  func disables(_ profile: KernelProfile) -> Bool {
    flags.contains(.disable) && !(flags.contains(.enable) && profile.queues.enableWithDisable == .enables)
  }
}
