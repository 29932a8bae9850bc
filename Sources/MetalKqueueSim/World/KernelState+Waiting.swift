internal import MetalCore
internal import MetalKqueue

extension KernelState {
  /// A wait of a call, during which an action may start another wait.
  struct Wait {
    let queue: EventQueue
    let start: Int64
    /// The longest time to wait, in nanoseconds; `nil` without a limit.
    let timeout: Int64?
    /// The time at which the wait ends at the latest, in nanoseconds.
    let deadline: Int64?
  }

  /// Returns the result that ends a wait; `nil` if nothing ends the wait yet.
  func look(_ wait: Wait, _ events: inout OutputSpan<KernelEvent>, _ world: World) -> IOResult? {
    if wait.queue.isClosed, world.profile.queues.closingEndsWait { return .failure(.badDescriptor) }
    let count = wait.queue.scan(into: &events, world)
    if count > 0 {
      guard world.isSpinning(inTime: false) else { return .success(count) }
      return world.fail(self, wait, .livelock, because: "every poll reports events, and nothing changes")
    }
    // A signal interrupts a wait only if nothing is ready and the wait would sleep (C13).
    if isInterrupted, wait.timeout != 0 {
      isInterrupted = false
      return .failure(.interrupted)
    }
    if wait.timeout == 0 {
      world.now = world.now.addingClamped(1_000)
      guard world.isSpinning(inTime: true) else { return .success() }
      return world.fail(self, wait, .livelock, because: "no poll reports an event, and nothing changes")
    }
    if let deadline = wait.deadline, world.now >= deadline {
      // A wait that ends with its timeout is progress, even if the program spins before the wait.
      world.noteProgress()
      return .success()
    }
    return nil
  }

  /// Moves the clock to the next entry or to the deadline, or returns a failure if neither exists.
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
