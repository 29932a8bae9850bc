#if !METAL_WINDOWS
internal import CMetalSystem
public import MetalCore

/// A signal of the operating system, such as SIGTERM.
///
/// ```swift
/// let stopper = try server.makeStopper()
/// try Signal.handle([.interrupt, .terminate]) { _ in
///   do throws(IOError) { try stopper.wake() } catch { fatalError("cannot stop: \(error)") }
/// }
/// try server.run()
/// ```
///
/// Source: signal(7), Linux man-pages 6; `<signal.h>`, POSIX.1-2024.
@frozen
public struct Signal: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// The system's number for the signal.
  public let rawValue: Int32

  /// Makes a signal from the system's number, without checking the number.
  @inlinable public init(rawValue: Int32) { self.rawValue = rawValue }

  /// The terminal has closed, or an operator asks a server to read its configuration again (SIGHUP).
  public static var hangUp: Signal { Signal(rawValue: SIGHUP) }
  /// A person has pressed Ctrl-C to stop the program (SIGINT).
  public static var interrupt: Signal { Signal(rawValue: SIGINT) }
  /// A person has pressed Ctrl-\ to stop the program with a core dump (SIGQUIT).
  public static var quit: Signal { Signal(rawValue: SIGQUIT) }
  /// The system or another process asks the program to stop (SIGTERM).
  public static var terminate: Signal { Signal(rawValue: SIGTERM) }
  /// A signal whose meaning the program defines (SIGUSR1).
  public static var user1: Signal { Signal(rawValue: SIGUSR1) }
  /// A second signal whose meaning the program defines (SIGUSR2).
  public static var user2: Signal { Signal(rawValue: SIGUSR2) }

  /// Starts a thread that runs an action whenever one of the signals arrives.
  ///
  /// Call this method at the beginning of the program, before the program starts other threads. The method blocks the
  /// signals in the calling thread. Threads that start later inherit the blocked signals, so the system keeps every
  /// signal for the new thread. The new thread runs until the process ends. A thread that started earlier does not
  /// block the signals. If that thread takes a signal, the default action of the signal ends the process.
  ///
  /// The action runs on an ordinary thread and not in a signal handler. Therefore the action may wake a poll, take a
  /// lock, allocate, or call any other function. The new thread runs the actions one after the other. If a standard
  /// signal arrives again before the thread has taken it, the thread runs the action only once. The signals do not
  /// interrupt the wait of a poll.
  ///
  /// A child process inherits the blocked signals. If one of the signals must end the child, unblock that signal in the
  /// child. Use `POSIX_SPAWN_SETSIGMASK` of posix_spawn(3), or sigprocmask(2) after fork(2).
  ///
  /// - Parameters:
  ///   - signals: The signals to handle. Pass each signal to only one call of this method.
  ///   - action: The code to run. The argument of the action is the signal that has arrived.
  /// - Throws: `.invalidInput` if the list is empty, or if it contains a signal that this method cannot handle. The
  ///   method cannot handle SIGKILL, SIGSTOP, the signals of faulty instructions, such as SIGSEGV, numbers outside of 1
  ///   to 64, and numbers that libc keeps for itself, such as 32 and 33 on glibc. `.alreadyExists` if the calling thread already blocks one of the signals. The cause is an earlier
  ///   call that handles the signal, or a thread of Dispatch, whose threads block all signals. `.outOfMemory` if the
  ///   system cannot start another thread. If the method throws, it has changed nothing.
  /// - Complexity: O(1). The method allocates, and starts a thread.
  ///
  /// Source: sigwait(3), pthread_sigmask(3), Linux man-pages 6; POSIX.1-2024.
  public static func handle(_ signals: [Signal], by action: @escaping @Sendable (Signal) -> Void) throws(IOError) {
    _ = try startHandling(signals, by: action)
  }

  /// Handles signals like ``handle(_:by:)``, and returns the new thread.
  ///
  /// A test sends signals to this thread.
  package static func startHandling(
    _ signals: [Signal], by action: @escaping @Sendable (Signal) -> Void
  ) throws(IOError) -> SystemThread {
    var set: UInt64 = 0
    for signal in signals {
      guard signal.canBeHandled else { throw IOError(.invalidInput) }
      set |= 1 << UInt64(signal.rawValue - 1)
    }
    guard set != 0 else { throw IOError(.invalidInput) }
    guard metal_signals_blocked(set) == 0 else { throw IOError(.alreadyExists) }
    // The method blocks the signals first, because the new thread inherits the blocked signals. A signal that arrives
    // before the thread runs stays pending.
    metal_signals_block(set, true)
    do throws(IOError) {
      return try SystemThread.start { [set] in
        while true { action(Signal(rawValue: metal_signals_wait(set))) }
      }
    } catch {
      metal_signals_block(set, false)
      throw error
    }
  }

  private var canBeHandled: Bool {
    switch rawValue {
    case SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS: false
    default: metal_signal_is_usable(rawValue)
    }
  }
}

extension Signal: CustomStringConvertible {
  /// The name of the signal, such as "SIGTERM", or its number.
  ///
  /// The text may change.
  public var description: String {
    switch self {
    case .hangUp: "SIGHUP"
    case .interrupt: "SIGINT"
    case .quit: "SIGQUIT"
    case .terminate: "SIGTERM"
    case .user1: "SIGUSR1"
    case .user2: "SIGUSR2"
    default: "signal \(rawValue)"
    }
  }
}
#endif
