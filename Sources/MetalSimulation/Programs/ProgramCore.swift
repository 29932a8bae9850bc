internal import MetalKqueueSim
internal import MetalSystem

/// What a run knows of a program, whatever it returns.
///
/// `@unchecked Sendable`: between the beginning and the end of the run only the thread that has the turn touches it, and
/// before and after only the thread that uses the simulation. The turn passes by semaphores.
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
  /// The place among the programs of the run.
  var number = 0
  /// The program; `nil` once it has ended.
  ///
  /// It returns the error that it has thrown, and does nothing if the run is over.
  var body: (@Sendable (_ isOver: Bool) -> (any Error)?)?
  var state = State.notStarted
  /// The rank under the order by priority; the highest goes on.
  var priority = 0
  /// The number of actions that run within the program's wait, or within its call.
  var actionDepth = 0
  /// The number of calls that have failed since the run was over.
  var callsAfterEnd = 0

  /// What the program's thread waits for: its turn.
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

  /// The wait that the program is in; `nil` if it can go on.
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

  /// Makes the program's thread, which waits for its first turn.
  ///
  /// The program is the one job of a task on that thread. A plain thread would have no task-local values, and no test to
  /// which a failed expectation belongs.
  func begin(in run: ProgramRun) {
    let executor = ThreadExecutor()
    Task(executorPreference: executor) { [self] in
      let kept = run.whenProgramBegins?()
      let error = body?(run.phase != .running)
      body = nil
      // Actions that are due run in here: in the task, so that their failed expectations belong to the test.
      run.programEnded(self, error)
      withExtendedLifetime(kept) {}
    }
    thread = SystemThread { [self] in
      turn.wait()
      executor.runJobs()
    }
  }
}

/// The thread of a program as the executor of its task.
///
/// `@unchecked Sendable`: the jobs are behind a lock.
private final class ThreadExecutor: TaskExecutor {
  private let jobs = Guarded<[UnownedJob]>([])

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withState { $0.append(job) }
  }

  /// Runs what was enqueued, in the calling thread.
  func runJobs() {
    while let job = jobs.withState({ $0.isEmpty ? nil : $0.removeFirst() }) {
      // Safety: the job was taken out of the list, so it runs once.
      unsafe job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }
}
