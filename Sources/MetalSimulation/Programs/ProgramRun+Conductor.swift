internal import MetalKqueueSim
internal import MetalSystem

extension ProgramRun: Conductor {
  /// The limit of calls without a wait in one turn.
  ///
  /// At the limit, the turn passes, because a spinning program may wait for another program.
  private static var mostCallsInTurn: Int { 1_000 }
  /// The limit of failed calls of a program after the end of the run.
  private static var mostCallsAfterEnd: Int { 1_000 }

  func requireTurn() {
    watchdog.noteProgress()
    guard holder?.thread?.number == SystemThread.currentNumber || holder == nil else { stopForeignThread() }
  }

  private func stopForeignThread() -> Never {
    fatalError(
      "A thread that is not a program of the run uses the simulation with seed \(simulation.seed) while the program "
        + "\"\(holder?.name ?? "")\" has the turn. Start the code of the thread with `machine.start`.")
  }

  func mayBegin(_ call: Call, _ descriptor: Int32, on machine: Int, mayPass: Bool) -> Bool {
    guard let holder else { return true }
    watchdog.note(call, descriptor, holder.number)
    guard phase == .running else { return mayBeginAfterEnd(call, holder) }
    guard holder.actionDepth == 0 else { return true }
    if machine != simulation.number(of: holder.machine), call != .close { stopForMachine(call, descriptor, holder) }
    callsInTurn += 1
    if mayPass, passesAtEveryCall || callsInTurn > Self.mostCallsInTurn {
      pass(from: holder)
      guard phase == .running else { return mayBeginAfterEnd(call, holder) }
    }
    return true
  }

  private func mayBeginAfterEnd(_ call: Call, _ program: ProgramCore) -> Bool {
    if call == .close { return true }
    program.callsAfterEnd += 1
    if program.callsAfterEnd > Self.mostCallsAfterEnd { park(program) }
    return false
  }

  /// Stops the thread of a program that continues although its calls fail.
  private func park(_ program: ProgramCore) -> Never {
    program.state = .parked
    if program.role == .client { clientsLeft -= 1 }
    pass(from: program)
    while true { program.turn.wait() }
  }

  private func stopForMachine(_ call: Call, _ descriptor: Int32, _ program: ProgramCore) -> Never {
    fatalError(
      "The program \"\(program.name)\" runs on \"\(program.machine.name)\", and has called \(call.name) on descriptor "
        + "\(descriptor) of another machine. Start a program on that machine, or use `schedule`.")
  }

  func yield() {
    guard phase == .running, let holder, holder.actionDepth == 0 else { return }
    pass(from: holder)
  }

  func sleep(_ wait: PendingWait) -> Bool {
    guard phase == .running, let holder else { return false }
    let state = holder.state
    holder.state = .sleeping(wait)
    let cause = simulation.beginSleep(wait)
    pass(from: holder)
    simulation.endSleep(wait, cause)
    holder.state = state
    return phase == .running
  }

  func enterAction() { holder?.actionDepth += 1 }
  func leaveAction() { holder?.actionDepth -= 1 }
}
