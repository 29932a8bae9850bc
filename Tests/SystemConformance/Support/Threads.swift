import Glibc

/// The time since some fixed moment.
func now() -> Duration {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

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
      let (seconds, attoseconds) = start.delay.components
      var pause = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
      unsafe nanosleep(&pause, nil)
      start.action()
      return nil
    }, start)
  precondition(result == 0, "A test's second thread could not be started.")
  defer { pthread_join(thread, nil) }
  return try body()
}

/// Runs an action on several threads at once, and a body beside them.
func runThreads(
  _ count: Int, _ action: @escaping @Sendable (Int) -> Void, _ body: () throws -> Void
) rethrows {
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
