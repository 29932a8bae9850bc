internal import MetalCore
internal import MetalKqueue

extension KernelState {
  /// A wait that a call is in.
  ///
  /// An action that runs in the meantime may wait as well.
  struct Wait {
    let queue: EventQueue
    let start: Int64
    /// The longest time to wait; `nil` for ever.
    let timeout: Int64?
    /// The time at which the wait ends at the latest.
    let deadline: Int64?
  }

  /// Looks for events, or another reason why a wait ends; a result ends it.
  func look(_ wait: Wait, _ events: inout OutputSpan<KernelEvent>, _ world: World) -> IOResult? {
    if wait.queue.isClosed, world.profile.queues.closingEndsWait { return .failure(.badDescriptor) }
    let count = wait.queue.scan(into: &events, world)
    if count > 0 {
      guard world.isSpinning(inTime: false) else { return .success(count) }
      return world.fail(self, wait, .livelock, because: "every poll reports events, and nothing changes")
    }
    // A wait is interrupted only if nothing was ready and it would have slept (C13).
    if isInterrupted, wait.timeout != 0 {
      isInterrupted = false
      return .failure(.interrupted)
    }
    if wait.timeout == 0 {
      world.now = world.now.addingClamped(1_000)
      guard world.isSpinning(inTime: true) else { return .success() }
      return world.fail(self, wait, .livelock, because: "nothing happens however often it asks")
    }
    if let deadline = wait.deadline, world.now >= deadline {
      // A program that waits for a time does not ask without waiting, although it may spin before it sleeps.
      world.noteProgress()
      return .success()
    }
    return nil
  }

  /// Moves the clock forward to what may end a wait; a result ends it.
  func moveClock(_ wait: Wait, _ world: World) -> IOResult? {
    switch (world.schedule.nextTime, wait.deadline) {
    case (.some(let next), .some(let deadline)): world.now = min(next, deadline)
    case (.some(let next), .none): world.now = next
    case (.none, .some(let deadline)): world.now = deadline
    case (.none, .none): return world.fail(self, wait, .deadlock, because: "nothing scheduled")
    }
    world.trace.append(world.record(.time, host.index))
    return nil
  }
}
