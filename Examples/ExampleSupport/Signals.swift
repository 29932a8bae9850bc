#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// Runs an action when SIGINT or SIGTERM comes; call it before other threads are started.
///
/// Both signals are blocked, here and in the threads started later, and a thread of its own waits for them: code that
/// runs in a thread may do anything, such as waking a poll, code in a signal handler hardly anything.
public func onTermination(_ action: @escaping @Sendable () -> Void) {
  var signals = terminationSignals()
  // Safety: all pointers are to locals and outlive the calls; the thread takes over the retained reference.
  unsafe pthread_sigmask(SIG_BLOCK, &signals, nil)
  var thread = pthread_t()
  let argument = unsafe Unmanaged.passRetained(Action(action)).toOpaque()
  let result = unsafe pthread_create(
    &thread, nil,
    { argument in
      var signals = terminationSignals()
      var signal: Int32 = 0
      // Safety: as above.
      unsafe sigwait(&signals, &signal)
      unsafe Unmanaged<Action>.fromOpaque(argument!).takeRetainedValue().run()
      return nil
    }, argument)
  if result != 0 { fail("cannot wait for signals: pthread_create returned \(result)") }
}

private func terminationSignals() -> sigset_t {
  var signals = sigset_t()
  // Safety: the calls write to the local set only.
  unsafe sigemptyset(&signals)
  unsafe sigaddset(&signals, SIGINT)
  unsafe sigaddset(&signals, SIGTERM)
  return signals
}

private final class Action: Sendable {
  let run: @Sendable () -> Void

  init(_ run: @escaping @Sendable () -> Void) {
    self.run = run
  }
}
