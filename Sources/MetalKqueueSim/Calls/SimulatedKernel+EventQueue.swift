public import MetalCore
public import MetalKqueue

extension SimulatedKernel {
  /// Opens an event queue.
  ///
  /// - Throws: `.tooManyOpenFiles` if ``descriptorLimit`` is reached.
  ///
  /// Source: kqueue(2).
  public func openEventQueue() throws(IOError) -> Int32 {
    Int32(try call(.kqueue) { _, _ in open(EventQueue(state)) }.get())
  }

  /// Applies changes to a queue, and then waits for events on the simulation's clock.
  ///
  /// If nothing can end the wait, the call fails with `EDEADLK`, and ``Simulation/diagnosis`` lists the sources. A wait
  /// with a timeout of zero that finds no event takes a microsecond, so repeated polls move the clock.
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
      // An action enters the world, so this code must be outside of the world.
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
        // A poll that does not wait passes the turn on, because another program may cause the event.
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

  /// Makes the poll that waits on this machine throw `.interrupted`, as after a signal.
  ///
  /// If no poll waits, or an event is ready, the next poll that would wait throws the error. A poll with a timeout of
  /// zero never throws the error. Call this method from an action: ``Simulation/schedule(after:_:)``.
  ///
  /// - Complexity: O(1); no allocation.
  ///
  /// Source: `EINTR` in kevent(2).
  public func interrupt() {
    simulation.enter { _ in state.isInterrupted = true }
  }

  /// Makes the changes, and begins a wait if the call has nothing to return yet.
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
