public import MetalCore
public import MetalKqueue

extension SimulatedKernel {
  /// Opens an event queue.
  ///
  /// - Throws: `.tooManyOpenFiles`.
  ///
  /// Source: kqueue(2).
  public func openEventQueue() throws(IOError) -> Int32 {
    let result = call(.kqueue, -1) { _, node in
      guard !node.descriptors.isFull else { return .failure(.tooManyOpenFiles) }
      return .success(Int(node.descriptors.insert(EventQueue(node))))
    }
    return Int32(try Self.check(result))
  }

  /// Applies changes to a queue, and waits for its events: on the simulation's clock.
  ///
  /// A wait that nothing can end fails with `EDEADLK`; ``Simulation/diagnosis`` says what was waited for. One that is
  /// not to wait, and finds nothing, costs a microsecond, so that a program which goes on asking does not stop the clock.
  ///
  /// Source: kevent(2).
  public func kevent(
    _ queue: Int32, changes: Span<KernelEvent>, events: inout OutputSpan<KernelEvent>,
    timeout nanoseconds: Int64?
  ) -> IOResult {
    let prepared = prepare(queue, changes: changes, events: &events, timeout: nanoseconds)
    guard let waited = prepared.queue else { return note(queue, prepared.result) }
    let result = wait(waited, events: &events, timeout: nanoseconds)
    return note(queue, result)
  }

  /// Whether a descriptor is open on the machine.
  ///
  /// Source: `F_GETFD` in fcntl(2).
  public func isOpen(_ descriptor: Int32) -> Bool {
    let _ = simulation.enter()
    defer { simulation.leave() }
    return node.descriptors[descriptor] != nil
  }

  /// Makes the changes; names the queue if it is to be waited on.
  private func prepare(
    _ descriptor: Int32, changes: Span<KernelEvent>, events: inout OutputSpan<KernelEvent>,
    timeout nanoseconds: Int64?
  ) -> (queue: EventQueue?, result: IOResult) {
    let world = simulation.enterCall(lettingOccur: changes.count == 0)
    defer { simulation.leave() }
    guard let file = node.descriptors[descriptor] else { return (nil, .failure(.badDescriptor)) }
    guard let queue = file.queue else { return (nil, .failure(.badDescriptor)) }
    let isMalformed = nanoseconds.map { $0 < 0 } ?? false
    if isMalformed, world.profile.checksTimeoutFirst { return (nil, .failure(.invalid)) }
    let answered = queue.make(changes, answers: &events, world)
    if !answered.isSuccess || answered.rawValue > 0 || events.freeCapacity == 0 { return (nil, answered) }
    if isMalformed { return (nil, .failure(.invalid)) }
    return (queue, .success())
  }

  /// Interrupts the wait that the machine is in, as a signal does: its `poll` throws `.interrupted`.
  ///
  /// A poll that is waiting has it if nothing is ready; if none is, the next that would wait. One that is not to wait is never
  /// interrupted. Call it from an action: ``Simulation/schedule(after:_:)``.
  ///
  /// - Complexity: O(1); no allocation.
  ///
  /// Source: `EINTR` in kevent(2).
  public func interrupt() {
    let _ = simulation.enter()
    defer { simulation.leave() }
    node.isInterrupted = true
  }

  private func wait(
    _ queue: EventQueue, events: inout OutputSpan<KernelEvent>, timeout nanoseconds: Int64?
  ) -> IOResult {
    let (wait, deadline) = begin(queue, nanoseconds)
    while true {
      // What occurs may call into the world itself, so that nothing is held meanwhile.
      while runDue() {}
      switch turn(wait, events: &events, deadline: deadline) {
      case .some(let result): return result
      case .none: continue
      }
    }
  }

  /// Begins a wait; returns when it ends at the latest, too.
  private func begin(_ queue: EventQueue, _ nanoseconds: Int64?) -> (wait: Node.Wait, deadline: Int64?) {
    let world = simulation.enter()
    defer { simulation.leave() }
    let wait = Node.Wait(queue: queue, start: world.now, timeout: nanoseconds)
    return (wait, nanoseconds.map { world.now.addingClamped($0) })
  }

  private func runDue() -> Bool {
    let now: Int64
    do {
      let world = simulation.enter()
      defer { simulation.leave() }
      guard !world.isIdle else { return false }
      now = world.now
    }
    return simulation.runNext(until: now)
  }

  /// Looks for events, and sets the clock forward if there are none; a result ends the wait.
  private func turn(
    _ wait: Node.Wait, events: inout OutputSpan<KernelEvent>, deadline: Int64?
  ) -> IOResult? {
    let world = simulation.enter()
    defer { simulation.leave() }
    let queue = wait.queue
    if queue.isClosed, world.profile.closingEndsWait { return .failure(.badDescriptor) }
    let count = queue.scan(into: &events, world)
    if count > 0 { return world.isSpinning(inTime: false) ? world.fail(node, wait) : .success(count) }
    if world.isIdle { return world.fail(node, wait) }
    // A wait is interrupted only when nothing was ready and it would have slept (C13).
    if node.isInterrupted, wait.timeout != 0 {
      node.isInterrupted = false
      return .failure(.interrupted)
    }
    if wait.timeout == 0 {
      world.now = world.now.addingClamped(1_000)
      return world.isSpinning(inTime: true) ? world.fail(node, wait) : .success()
    }
    if let deadline, world.now >= deadline {
      // Whoever waits for a time is not one that asks without waiting, although it may spin before it sleeps.
      world.idleCalls = 0
      return .success()
    }
    switch (world.schedule.nextTime, deadline) {
    case (.some(let next), .some(let deadline)): world.now = min(next, deadline)
    case (.some(let next), .none): world.now = next
    case (.none, .some(let deadline)): world.now = deadline
    case (.none, .none): return world.fail(node, wait)
    }
    world.trace.note(.time, node: node.index, world.now)
    return nil
  }

  /// Notes a call that has ended.
  private func note(_ queue: Int32, _ result: IOResult) -> IOResult {
    let world = simulation.enter()
    defer { simulation.leave() }
    world.trace.call(.kevent, node.index, queue, result, world.now)
    return result
  }
}
