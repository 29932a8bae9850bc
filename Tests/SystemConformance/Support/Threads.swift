import Glibc

/// The time since some fixed moment.
func now() -> Duration {
  beginning.duration(to: .now)
}

private let beginning = SuspendingClock.now

/// Runs `body`, and meanwhile, when `delay` has passed, `action` on another thread; returns when both have ended.
func meanwhile<R: ~Copyable>(
  after delay: Duration = .zero, _ action: @escaping @Sendable () -> Void, _ body: () throws -> R
) rethrows -> R {
  var thread = pthread_t()
  // Safety: the thread takes over the reference that is passed retained.
  let start = unsafe Unmanaged.passRetained(Start(delay: delay, action: action)).toOpaque()
  let result = unsafe pthread_create(
    &thread, nil,
    { argument in
      let start = unsafe Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
      usleep(UInt32(start.delay / .microseconds(1)))
      start.action()
      return nil
    }, start)
  precondition(result == 0, "A test's second thread could not be started.")
  defer { pthread_join(thread, nil) }
  return try body()
}

/// Runs an action on several threads at once, and a body beside them.
func runThreads(_ count: Int, _ action: @escaping @Sendable (Int) -> Void, _ body: () throws -> Void) rethrows {
  guard count > 0 else { return try body() }
  try meanwhile {
    action(count - 1)
  } _: {
    try runThreads(count - 1, action, body)
  }
}

/// What a second thread is started with.
private final class Start: Sendable {
  let delay: Duration
  let action: @Sendable () -> Void

  init(delay: Duration, action: @escaping @Sendable () -> Void) {
    self.delay = delay
    self.action = action
  }
}
