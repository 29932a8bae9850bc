internal import MetalCore
internal import Synchronization

/// Gives turns to programs that run on threads of their own.
///
/// Without a conductor, one thread uses the simulation, and a wait moves the clock. With a conductor, a wait passes the
/// turn to another program. If no program can go on, the conductor moves the clock.
package protocol Conductor: AnyObject, Sendable {
  /// Stops the program if the calling thread does not have the turn.
  func requireTurn()

  /// Records that a call begins.
  ///
  /// - Parameter mayPass: Whether the turn may pass before the call. Before a change to a queue the turn stays, because
  ///   the selector may hold a lock that another program needs.
  /// - Returns: `false` if the run is over, so that the caller must not make the call.
  func mayBegin(_ call: Call, _ descriptor: Int32, on machine: Int, mayPass: Bool) -> Bool

  /// Lets other programs go on.
  func yield()

  /// Lets other programs go on until a wait may have ended.
  ///
  /// - Returns: `false` if the run is over.
  func sleep(_ wait: PendingWait) -> Bool

  /// Two calls that record the beginning and the end of an action.
  func enterAction()
  func leaveAction()
}

/// A program's wait that has found no event.
package struct PendingWait {
  let kernel: KernelState
  let wait: KernelState.Wait

  /// The time at which the wait ends at the latest, in nanoseconds.
  package var deadline: Int64? { wait.deadline }

  /// Whether there is a reason to look for events again.
  fileprivate func mayEnd(_ now: Int64) -> Bool {
    wait.queue.queuedCount > 0 || wait.queue.isClosed || kernel.isInterrupted || deadline.map { $0 <= now } ?? false
  }
}

// MARK: - Operations for a conductor

extension Simulation {
  /// Sets whether the conductor decides which thread may enter the simulation.
  package func setConducted(_ isConducted: Bool) {
    enter { world in world.hasPlainCalls = !isConducted && world.callCost == 0 }
    door.store(isConducted ? Door.guarded : Door.open, ordering: .releasing)
  }

  /// The number that the library gives to a machine of this simulation.
  package func number(of machine: Machine) -> Int { machine.host.index }

  /// The stream of random numbers that the conductor draws from.
  package var turnStream: RandomStream { RandomStream(seed: seed, label: "turns") }

  /// Whether a wait may have ended.
  package func mayEnd(_ wait: PendingWait) -> Bool {
    enter { world in wait.mayEnd(world.now) }
  }

  /// The time of the next entry of the schedule, in nanoseconds.
  package var nextTime: Int64? { enter { world in world.schedule.nextTime } }

  /// The time since the beginning, in nanoseconds.
  package var nanoseconds: Int64 { enter { world in world.now } }

  /// Moves the clock forward, and runs the entries that are due.
  ///
  /// - Returns: `false` if actions schedule each other without end.
  package func moveClock(to time: Int64) -> Bool {
    enter { world in
      guard time > world.now else { return }
      world.now = time
      world.trace.append(world.record(.time, -1))
    }
    return runScheduled(until: nil)
  }

  /// Begins a wait during which other programs may go on.
  ///
  /// - Returns: The cause of the waiting program's records.
  package func beginSleep(_ wait: PendingWait) -> TraceRecord.Cause {
    enter { world in
      if wait.deadline != nil { world.sleepersWithDeadline += 1 }
      defer { world.cause = .program }
      return world.cause
    }
  }

  /// Ends the wait of a program, and restores the cause that `beginSleep` returned.
  package func endSleep(_ wait: PendingWait, _ cause: TraceRecord.Cause) {
    enter { world in
      if wait.deadline != nil { world.sleepersWithDeadline -= 1 }
      world.cause = cause
    }
  }

  /// Makes the diagnosis of a run that has ended before its programs.
  package func endRun(
    _ kind: Diagnosis.Kind, because reason: String, _ programs: [(name: String, machine: String, wait: PendingWait?)]
  ) -> Diagnosis {
    enter { world in world.diagnose(kind, because: reason, programs) }
  }
}
