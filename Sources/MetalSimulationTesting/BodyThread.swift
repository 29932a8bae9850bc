internal import MetalSystem

/// An executor that runs the body of a test on its own thread.
///
/// The body blocks this thread in the runs of its simulations.
///
/// On Swift's thread pool, blocked bodies would leave no threads for other tasks. Child tasks of the body also run on
/// the thread of the body.
///
/// `@unchecked Sendable`: a lock protects the jobs.
final class BodyThread: TaskExecutor {
  private struct Work {
    var jobs: [UnownedJob] = []
    var isOver = false
  }

  private let work = Guarded(Work())
  private let change = Semaphore()

  /// Runs an operation on a new thread.
  ///
  /// The method returns after the end of the operation and of the thread.
  static func run<R: Sendable>(_ operation: () async throws -> R) async throws -> R {
    let executor = BodyThread()
    let thread = SystemThread { executor.runJobs() }
    defer {
      executor.work.withState { $0.isOver = true }
      executor.change.signal()
      thread.join()
    }
    return try await withTaskExecutorPreference(executor, operation: operation)
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    work.withState { $0.jobs.append(job) }
    change.signal()
  }

  private func runJobs() {
    while true {
      change.wait()
      let (job, isOver) = work.withState { work in (work.jobs.isEmpty ? nil : work.jobs.removeFirst(), work.isOver) }
      if let job {
        // Safety: the list no longer contains the job, so it runs once.
        unsafe job.runSynchronously(on: asUnownedTaskExecutor())
      } else if isOver {
        return
      }
    }
  }
}
