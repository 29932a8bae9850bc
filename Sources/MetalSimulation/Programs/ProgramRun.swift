internal import MetalCore
internal import MetalKqueueSim
internal import MetalSystem

/// The programs of a simulation, one of which has the turn.
///
/// `@unchecked Sendable`: during the run, only the thread with the turn touches this object. Before and after the run,
/// only the thread that uses the simulation touches this object. The turn passes through semaphores. The watchdog reads
/// only atomics.
final class ProgramRun: @unchecked Sendable {
  enum Phase {
    case gathering
    case running
    /// The remaining programs end one after the other.
    case ending
    case ended
  }

  unowned let simulation: Simulation
  var programs: [ProgramCore] = []
  var phase = Phase.gathering
  /// The program with the turn; `nil` while the thread of ``run(atMost:_:)`` has the turn.
  var holder: ProgramCore?
  /// The number of programs that the run still waits for.
  var clientsLeft = 0
  /// The error of the run, if the run has ended early.
  private var failure: RunError?
  /// The programs that have failed without ending the run, and their errors.
  private var earlierFailures: [(program: String, error: any Error)] = []

  private var order: TurnOrder
  private(set) var passesAtEveryCall = false
  /// The number of calls since the turn passed to the program.
  var callsInTurn = 0
  /// The number of turns since the clock last moved, and the time of that move.
  private var idleTurns = (count: 0, since: Int64.min)
  /// The latest time at which the run ends, in nanoseconds.
  private var end = Int64.max
  /// The semaphore on which the thread of ``run(atMost:_:)`` waits.
  private let isOver = Semaphore()
  let watchdog = Watchdog()

  /// The order of turns for a run without an explicit order.
  var defaultTurns = Turns()
  /// Code that runs first in the thread of each program.
  ///
  /// The thread keeps the result of the code until the program has ended.
  var whenProgramBegins: (@Sendable () -> (any Sendable)?)?

  init(_ simulation: Simulation) {
    self.simulation = simulation
    order = TurnOrder(.inTurn, simulation.turnStream)
  }

  // MARK: Programs

  func defaultName(on machine: Machine) -> String {
    let count = programs.count { $0.machine === machine }
    return count == 0 ? machine.name : "\(machine.name) \(count + 1)"
  }

  func insert(_ program: ProgramCore) {
    program.number = programs.count
    switch phase {
    case .gathering: programs.append(program)
    case .running:
      requireTurn()
      programs.append(program)
      begin(program)
    case .ending, .ended:
      fatalError(
        "The program \"\(program.name)\" was started after the end of the run. Start it before the run, or make a new "
          + "simulation.")
    }
    if program.role == .client { clientsLeft += 1 }
  }

  private func begin(_ program: ProgramCore) {
    program.priority = order.drawPriority()
    program.begin(in: self)
  }

  func run(atMost limit: Duration, _ turns: Turns) throws(RunError) {
    guard case .gathering = phase else {
      fatalError(
        phase == .ended
          ? "The simulation with seed \(simulation.seed) has run already. Make a new one for each run."
          : "A program or an action runs the simulation that it is part of. Start further programs by `start`.")
    }
    end = simulation.nanoseconds.addingClamped(limit.wholeNanoseconds)
    order = TurnOrder(turns.order, simulation.turnStream)
    passesAtEveryCall = turns.passesAtEveryCall
    phase = .running
    for program in programs { begin(program) }
    simulation.setConducted(true)
    if let first = next() {
      handOver(to: first)
      let names = programs.map { $0.name }
      watchdog.wait(for: isOver) { program, call in
        // For a program that started during the run, the report shows its number, because only the running thread may
        // read the list.
        let name = program < names.count ? "\"\(names[program])\"" : "number \(program + 1)"
        writeToStandardError(
          "The program \(name) of the simulation with seed \(simulation.seed) has its turn and does not use the "
            + "simulation, so all other programs wait. The last call of the program was \(call ?? "none"). A program must "
            + "not sleep, wait for a lock or another thread, or compute for long.\n")
      }
    }
    simulation.setConducted(false)
    phase = .ended
    for program in programs where !program.isParked { program.thread?.join() }
    let parked = programs.filter { $0.isParked }.map { $0.name }
    programs.removeAll()
    if failure == nil, !parked.isEmpty { failure = RunError(kind: .parked, diagnosis: nil, failure: nil) }
    failure?.parked = parked
    failure?.earlierFailures = earlierFailures
    if let failure { throw failure }
  }

  /// Records that a program has returned or thrown.
  ///
  /// The task of the program calls this method last.
  func programEnded(_ program: ProgramCore, _ error: (any Error)?) {
    program.state = .ended
    if program.role == .client { clientsLeft -= 1 }
    if let error, phase == .running {
      if program.failsRun {
        failure = RunError(kind: .programFailed, diagnosis: nil, failure: (program.name, error))
        phase = .ending
      } else {
        earlierFailures.append((program.name, error))
      }
    }
    pass(from: program)
  }

  // MARK: Turns

  /// Passes the turn from a program to the next one.
  ///
  /// The method returns when the program has the turn again, or at once if the program has ended.
  func pass(from program: ProgramCore) {
    guard let next = next() else {
      holder = nil
      return isOver.signal()
    }
    guard next !== program || program.isDone else { return }
    handOver(to: next)
    if !program.isDone { program.turn.wait() }
  }

  private func handOver(to program: ProgramCore) {
    holder = program
    watchdog.noteTurn(program.number)
    callsInTurn = 0
    if case .notStarted = program.state { program.state = .ready }
    program.turn.signal()
  }

  /// Returns the program with the next turn; `nil` if all programs have ended.
  ///
  /// If no program can continue, this thread moves the clock and runs the due entries of the schedule.
  private func next() -> ProgramCore? {
    while phase == .running {
      guard clientsLeft > 0 else {
        phase = .ending
        break
      }
      if let program = order.choose(programs, after: holder, { $0.canGoOn(simulation) }) {
        noteTurn()
        if phase == .running { return program }
      } else {
        letTimePass()
      }
    }
    return programs.first { !$0.isDone }
  }

  /// Ends the run if the turn passes too many times while no time passes.
  private func noteTurn() {
    let now = simulation.nanoseconds
    if now > end { return finish(.timeLimit, .timeLimit, "the run has reached its time limit") }
    if now > idleTurns.since { idleTurns = (0, now) }
    idleTurns.count += 1
    if idleTurns.count > simulation.mostIdleCalls {
      finish(.livelock, .livelock, "the programs wake each other, and no time passes")
    }
  }

  private func letTimePass() {
    let deadlines = programs.compactMap { $0.wait?.deadline }
    guard let time = (deadlines + [simulation.nextTime].compactMap { $0 }).min() else {
      return finish(.deadlock, .deadlock, "nothing scheduled")
    }
    guard time <= end else {
      _ = simulation.moveClock(to: end)
      return finish(.timeLimit, .timeLimit, "the run has reached its time limit")
    }
    if !simulation.moveClock(to: time) {
      finish(.livelock, .livelock, "actions schedule each other for the same moment without end")
    }
  }

  private func finish(_ kind: RunError.Kind, _ reason: Diagnosis.Kind, _ text: String) {
    guard phase == .running else { return }
    let waits = programs.filter { !$0.isDone }.map { (name: $0.name, machine: $0.machine.name, wait: $0.wait) }
    failure = RunError(kind: kind, diagnosis: simulation.endRun(reason, because: text, waits), failure: nil)
    phase = .ending
  }
}
