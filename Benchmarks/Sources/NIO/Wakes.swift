import NIOCore
import NIOPosix
import Synchronization

/// Two event loops that give each other work in turn.
func runWake(_ options: Options) throws {
  let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
  let first = group.next()
  let second = group.next()
  let done = first.makePromise(of: Void.self)
  @Sendable func turn(_ remaining: Int) {
    guard remaining > 0 else { return done.succeed() }
    second.execute {
      first.execute { turn(remaining - 1) }
    }
  }
  let measuring = Measuring()
  first.execute { turn(options.rounds) }
  try done.futureResult.wait()
  measuring.end(operations: options.rounds)
}

/// Threads that give an event loop work as often as they can; the loop never sleeps, since it has some of its own.
///
/// Every piece of work is done, so no two wakes are reported as one here.
func runWakeStorm(_ options: Options) throws {
  let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
  let work = Work(options.rounds * options.threads)
  let done = loop.makePromise(of: Void.self)
  @Sendable func stayAwake() {
    if work.isDone { return done.succeed() }
    loop.execute { stayAwake() }
  }
  let measuring = Measuring()
  loop.execute { stayAwake() }
  let threads = (0..<options.threads).map { _ in
    RunningThread {
      for _ in 0..<options.rounds { loop.execute { work.doOne() } }
    }
  }
  for thread in threads { thread.join() }
  try done.futureResult.wait()
  measuring.end(operations: options.rounds * options.threads)
}

/// How much work is left.
private final class Work: Sendable {
  private let remaining: Atomic<Int>

  init(_ count: Int) {
    remaining = Atomic(count)
  }

  var isDone: Bool { remaining.load(ordering: .relaxed) == 0 }

  func doOne() {
    remaining.subtract(1, ordering: .relaxed)
  }
}
