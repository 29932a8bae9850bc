internal import MetalSystem

/// A thread as the executor of a test's body, which blocks it in the runs of its simulations.
///
/// Bodies on the threads of Swift's pool would leave none for others. Child tasks of the body run here as well.
///
/// `@unchecked Sendable`: the jobs are behind a lock.
final class BodyThread: TaskExecutor {
  private struct Work {
    var jobs: [UnownedJob] = []
    var isOver = false
  }

  private let work = Guarded(Work())
  private let change = Semaphore()

  /// Runs an operation on a new thread; returns when the operation and the thread have ended.
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
        // Safety: the job was taken out of the list, so it runs once.
        unsafe job.runSynchronously(on: asUnownedTaskExecutor())
      } else if isOver {
        return
      }
    }
  }
}
