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

  /// Makes a signal from the system's number, which nothing checks.
  @inlinable public init(rawValue: Int32) { self.rawValue = rawValue }

  /// The terminal was closed, or an operator asks a server to read its configuration again (SIGHUP).
  public static var hangUp: Signal { Signal(rawValue: SIGHUP) }
  /// A person asks the program to stop, by Ctrl-C (SIGINT).
  public static var interrupt: Signal { Signal(rawValue: SIGINT) }
  /// A person asks the program to stop and to leave a core dump, by Ctrl-\ (SIGQUIT).
  public static var quit: Signal { Signal(rawValue: SIGQUIT) }
  /// The system or another process asks the program to stop (SIGTERM).
  public static var terminate: Signal { Signal(rawValue: SIGTERM) }
  /// A signal whose meaning the program defines (SIGUSR1).
  public static var user1: Signal { Signal(rawValue: SIGUSR1) }
  /// A second signal whose meaning the program defines (SIGUSR2).
  public static var user2: Signal { Signal(rawValue: SIGUSR2) }

  /// Runs an action on a thread of its own whenever one of the signals comes, until the process ends.
  ///
  /// Call it at the beginning of the program, before it starts other threads. The method blocks the signals in the calling
  /// thread. Threads that are started later inherit that, so every signal waits for the new thread. A thread that was
  /// started before takes the signal itself, and its default action ends the process.
  ///
  /// The action runs on an ordinary thread and not in a signal handler, so it may call everything: wake a poll, take a
  /// lock, allocate. Actions of one call of this method run one after the other. A signal that comes again while it waits
  /// to be taken counts once. A wait of a poll is not interrupted.
  ///
  /// A child process inherits the blocked signals. Unblock them in the child if it is to stop by one of them: by
  /// `POSIX_SPAWN_SETSIGMASK` of posix_spawn(3), or by sigprocmask(2) after fork(2).
  ///
  /// - Parameters:
  ///   - signals: The signals to handle. Each belongs to one call of this method.
  ///   - action: The code to run; its argument is the signal that came.
  /// - Throws: `.invalidInput` if there is no signal in the list, or if one cannot be handled in this way: a number outside
  ///   of 1 to 64, SIGKILL, SIGSTOP, and the signals of faulty instructions, such as SIGSEGV. `.alreadyExists` if the calling thread
  ///   blocks one of the signals already: an earlier call has it, or the thread is one of Dispatch, which block all signals.
  ///   `.outOfMemory` if the system starts no further thread. After an error nothing has changed.
  /// - Complexity: O(1). It allocates the thread.
  ///
  /// Source: sigwait(3), pthread_sigmask(3), Linux man-pages 6; POSIX.1-2024.
  public static func handle(_ signals: [Signal], by action: @escaping @Sendable (Signal) -> Void) throws(IOError) {
    _ = try startHandling(signals, by: action)
  }

  /// Does what ``handle(_:by:)`` does, and returns the thread, to which a test sends a signal.
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
    // First, because the new thread inherits it as well: a signal that comes in between waits.
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
    default: (1...64).contains(rawValue)
    }
  }
}

extension Signal: CustomStringConvertible {
  /// The name of the signal, such as "SIGTERM", or its number; the text is not stable.
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
