import CSystem
import MetalCore
import MetalSystem

/// The time since some fixed moment.
func now() -> Duration { .nanoseconds(system_now()) }

/// Runs `body`, and meanwhile, when `delay` has passed, `action` on another thread; returns when both have ended.
func meanwhile<R: ~Copyable>(
  after delay: Duration = .zero, _ action: @escaping @Sendable () -> Void, _ body: () throws(IOError) -> R
) throws(IOError) -> R {
  let thread = SystemThread {
    system_sleep(Int64(delay / .nanoseconds(1)))
    action()
  }
  defer { thread.join() }
  return try body()
}

/// Runs an action on several threads at once, and a body beside them.
func runThreads(
  _ count: Int, _ action: @escaping @Sendable (Int) -> Void, _ body: () throws(IOError) -> Void
) throws(IOError) {
  guard count > 0 else { return try body() }
  try meanwhile {
    action(count - 1)
  } _: { () throws(IOError) in
    try runThreads(count - 1, action, body)
  }
}
