import Glibc
import MetalIO
import Testing

/// `Scripts/check-examples.py` stops each example program by a signal to the process.
@Suite("Signals")
struct SignalTests {
  @Test(
    "A signal that no thread can wait for is refused, and nothing is blocked",
    arguments: [
      SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, 32, 33, 0, -1, 65, .max, .min,
    ])
  func refused(_ number: Int32) {
    let before = blockedSignals()
    #expect(throws: IOError(.invalidInput)) {
      try Signal.handle([.user2, Signal(rawValue: number)]) { _ in Issue.record("nothing was sent") }
    }
    #expect(blockedSignals() == before)
  }

  @Test("A list without a signal is refused")
  func noSignal() {
    #expect(throws: IOError(.invalidInput)) { try Signal.handle([]) { _ in } }
  }

  @Test("Actions run on a thread of their own, one for each signal, and a signal belongs to one call")
  func delivery() async {
    await #expect(processExitsWith: .success) {
      // Real-time signals: no code asks this process for one.
      let (first, second) = (Signal(rawValue: 40), Signal(rawValue: 41))
      let caller = pthread_self()
      // A thread of Dispatch blocks all signals.
      #expect(throws: IOError(.alreadyExists)) { try Signal.handle([first]) { _ in } }
      unblockAllSignals()
      let thread = try Signal.startHandling([first, second]) { signal in
        guard pthread_self() != caller else { exit(2) }
        if signal == second { exit(EXIT_SUCCESS) }
        guard signal == first, pthread_kill(pthread_self(), second.rawValue) == 0 else { exit(3) }
      }
      #expect(throws: IOError(.alreadyExists)) { try Signal.handle([.user2, second]) { _ in } }
      #expect(!blockedSignals().contains(SIGUSR2))
      // To that thread alone: one that was started before would take a signal to the process.
      #expect(pthread_kill(pthread_t(thread.number), first.rawValue) == 0)
      thread.join()
    }
  }

  @Test("The description has the signal's name, or its number")
  func descriptions() {
    let named = [Signal.hangUp, .interrupt, .quit, .terminate, .user1, .user2, Signal(rawValue: 40)]
    #expect(
      named.map(\.description) == ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "signal 40"])
  }
}

/// The signals that the calling thread blocks.
private func blockedSignals() -> [Int32] {
  var set = sigset_t()
  // Safety: the call writes to the local set only.
  unsafe pthread_sigmask(SIG_BLOCK, nil, &set)
  return (1...64).filter { unsafe sigismember(&set, $0) == 1 }
}

private func unblockAllSignals() {
  var set = sigset_t()
  // Safety: the calls use the local set only.
  unsafe sigfillset(&set)
  unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
}
