internal import MetalKqueueSim
internal import MetalSystem

/// The part of a program that does not depend on the type of its result.
///
/// `@unchecked Sendable`: during the run, only the thread with the turn touches this object. Before and after the run,
/// only the thread that uses the simulation touches this object. The turn passes through semaphores.
final class ProgramCore: @unchecked Sendable {
  enum State {
    case notStarted
    case ready
    case sleeping(PendingWait)
    case ended
    case parked
  }

  let name: String
  let machine: Machine
  let role: ProgramRole
  /// Whether an error of the program ends the run.
  let failsRun: Bool
  /// The index among the programs of the run.
  var number = 0
  /// The code of the program; `nil` after its end.
  ///
  /// The closure returns the error of the program. If the run is over, the closure does not run the program.
  var body: (@Sendable (_ isOver: Bool) -> (any Error)?)?
  var state = State.notStarted
  /// The priority of the program in the order by priority.
  ///
  /// The program with the highest priority runs.
  var priority = 0
  /// The number of actions that currently run within the program's wait or call.
  var actionDepth = 0
  /// The number of failed calls after the end of the run.
  var callsAfterEnd = 0

  /// The semaphore on which the program's thread waits for its turn.
  let turn = Semaphore()
  private(set) var thread: SystemThread?

  init(_ name: String, _ machine: Machine, _ role: ProgramRole, failsRun: Bool) {
    self.name = name
    self.machine = machine
    self.role = role
    self.failsRun = failsRun
  }

  var isDone: Bool {
    switch state {
    case .ended, .parked: true
    case .notStarted, .ready, .sleeping: false
    }
  }

  var isParked: Bool {
    if case .parked = state { true } else { false }
  }

  /// The current wait of the program; `nil` if the program can continue.
  var wait: PendingWait? {
    if case .sleeping(let wait) = state { wait } else { nil }
  }

  func canGoOn(_ simulation: Simulation) -> Bool {
    switch state {
    case .notStarted, .ready: true
    case .sleeping(let wait): simulation.mayEnd(wait)
    case .ended, .parked: false
    }
  }

  /// Makes the thread of the program.
  ///
  /// The thread waits for the first turn of the program. The program is the only job of a task on the thread. A plain
  /// thread would have no task-local values, and failed expectations on the thread would belong to no test.
  func begin(in run: ProgramRun) {
    let executor = ThreadExecutor()
    Task(executorPreference: executor) { [self] in
      let kept = run.whenProgramBegins?()
      let error = body?(run.phase != .running)
      body = nil
      // Due actions run inside this call. The task runs these actions, so their failed expectations belong to the test.
      run.programEnded(self, error)
      withExtendedLifetime(kept) {}
    }
    thread = SystemThread { [self] in
      turn.wait()
      executor.runJobs()
    }
  }
}

/// An executor that runs the task of a program on the thread of the program.
///
/// `@unchecked Sendable`: a lock protects the jobs.
private final class ThreadExecutor: TaskExecutor {
  private let jobs = Guarded<[UnownedJob]>([])

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withState { $0.append(job) }
  }

  /// Runs the enqueued jobs in the calling thread.
  func runJobs() {
    while let job = jobs.withState({ $0.isEmpty ? nil : $0.removeFirst() }) {
      // Safety: the list no longer contains the job, so it runs once.
      unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }
}
