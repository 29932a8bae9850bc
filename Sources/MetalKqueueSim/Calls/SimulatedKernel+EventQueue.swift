public import MetalCore
public import MetalKqueue

extension SimulatedKernel {
  /// Opens an event queue.
  ///
  /// - Throws: `.tooManyOpenFiles`.
  ///
  /// Source: kqueue(2).
  public func openEventQueue() throws(IOError) -> Int32 {
    Int32(try call(.kqueue) { _, _ in open(EventQueue(state)) }.get())
  }

  /// Applies changes to a queue, and waits for its events on the simulation's clock.
  ///
  /// A wait that nothing can end fails with `EDEADLK`, and ``Simulation/diagnosis`` says what it waited for. A wait with
  /// a timeout of zero that finds nothing costs a microsecond, so that a program that goes on asking does not stop the
  /// clock.
  ///
  /// Source: kevent(2).
  public func kevent(
    _ queue: Int32, changes: Span<KernelEvent>, events: inout OutputSpan<KernelEvent>,
    timeout nanoseconds: Int64?
  ) -> IOResult {
    var wait: KernelState.Wait?
    let result = simulation.enterCall(.kevent, queue, on: state.host.index, lettingOccur: changes.count == 0) { world in
      let result = prepare(queue, changes, &events, nanoseconds, &wait, world)
      if wait == nil { record(queue, result, world) }
      return result
    }
    guard let wait else { return result }
    let conductor = simulation.isConducted ? simulation.conductor : nil
    while true {
      // Actions call into the world themselves, so the world is left meanwhile.
      let isEnding = simulation.runScheduled(until: nil)
      let result = simulation.enter { world in
        var result =
          isEnding
          ? state.look(wait, &events, world)
          : world.fail(
            state, wait, .livelock, because: "actions schedule each other for the same moment without end")
        if result == nil, conductor == nil { result = state.moveClock(wait, world) }
        if let result { record(queue, result, world) }
        return result
      }
      if let result {
        // A program that asks without waiting lets others go on, who may do what it asks for.
        if wait.timeout == 0, result == .success() { conductor?.yield() }
        return result
      }
      if let conductor, !conductor.sleep(PendingWait(kernel: state, wait: wait)) { return .failure(.canceled) }
    }
  }

  /// Records a call of `kevent` that has ended.
  private func record(_ queue: Int32, _ result: IOResult, _ world: World) {
    world.trace.append(
      world.record(.call, state.host.index, .call(.kevent), descriptor: queue, result: result.rawValue))
  }

  /// Returns whether a descriptor is open on the machine.
  ///
  /// Source: `F_GETFD` in fcntl(2).
  public func isOpen(_ descriptor: Int32) -> Bool {
    simulation.enter { _ in state.descriptors[descriptor] != nil }
  }

  /// Interrupts the wait that the machine is in, as a signal does: its `poll` throws `.interrupted`.
  ///
  /// If a poll waits and nothing is ready, that poll throws; otherwise the next poll that would wait. A poll with a
  /// timeout of zero is never interrupted. Call this from an action: ``Simulation/schedule(after:_:)``.
  ///
  /// - Complexity: O(1); no allocation.
  ///
  /// Source: `EINTR` in kevent(2).
  public func interrupt() {
    simulation.enter { _ in state.isInterrupted = true }
  }

  /// Makes the changes, and begins a wait if there is nothing to return yet.
  private func prepare(
    _ descriptor: Int32, _ changes: Span<KernelEvent>, _ events: inout OutputSpan<KernelEvent>,
    _ timeout: Int64?, _ wait: inout KernelState.Wait?, _ world: World
  ) -> IOResult {
    guard let queue = state.descriptors[descriptor]?.queue else { return .failure(.badDescriptor) }
    let isMalformed = timeout.map { $0 < 0 } ?? false
    if isMalformed, world.profile.queues.checksTimeoutFirst { return .failure(.invalid) }
    let answered = queue.make(changes, answers: &events, world)
    if !answered.isSuccess || answered.rawValue > 0 || events.freeCapacity == 0 { return answered }
    if isMalformed { return .failure(.invalid) }
    world.noteWait()
    wait = KernelState.Wait(
      queue: queue, start: world.now, timeout: timeout, deadline: timeout.map { world.now.addingClamped($0) })
    return .success()
  }
}
