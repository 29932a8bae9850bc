#if METAL_WINDOWS
internal import CMetalSystem
public import MetalCore

/// An event of the console that asks the program to stop.
///
/// ```swift
/// let stopper = try server.makeStopper()
/// try Signal.handle([.interrupt, .terminate]) { _ in
///   do throws(IOError) { try stopper.wake() } catch { fatalError("cannot stop: \(error)") }
/// }
/// try server.run()
/// ```
///
/// The type has the name and the methods that it has on systems with signals. Windows has no signals between processes.
///
/// Source: SetConsoleCtrlHandler; Microsoft's documentation.
@frozen
public struct Signal: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// The number of the signal in the C library of Windows.
  public let rawValue: Int32

  /// Makes a signal from its number, without checking the number.
  @inlinable public init(rawValue: Int32) { self.rawValue = rawValue }

  /// A person has pressed Ctrl-C to stop the program (`CTRL_C_EVENT`).
  public static var interrupt: Signal { Signal(rawValue: Int32(METAL_SIGNAL_INTERRUPT)) }
  /// The system asks the program to stop.
  ///
  /// A person has pressed Ctrl-Break or has closed the console, or the system shuts down (`CTRL_BREAK_EVENT`,
  /// `CTRL_CLOSE_EVENT`, `CTRL_SHUTDOWN_EVENT`).
  public static var terminate: Signal { Signal(rawValue: Int32(METAL_SIGNAL_TERMINATE)) }

  /// Runs an action whenever one of the signals arrives.
  ///
  /// The action runs on a thread of the system, and may wake a poll, take a lock, allocate, or call any other function.
  /// After a person has closed the console, the system ends the process within a few seconds, even if the program has
  /// not stopped by itself.
  ///
  /// - Parameters:
  ///   - signals: The signals to handle. Pass each signal to only one call of this method.
  ///   - action: The code to run. The argument of the action is the signal that has arrived.
  /// - Throws: `.invalidInput` if the list is empty, or if the list contains a signal other than ``interrupt`` and
  ///   ``terminate``. `.alreadyExists` if an earlier call handles one of the signals. If the method throws, it has
  ///   changed nothing.
  /// - Complexity: O(1). The method allocates, and the system starts a thread for each event.
  ///
  /// Source: SetConsoleCtrlHandler, HandlerRoutine; Microsoft's documentation.
  public static func handle(_ signals: [Signal], by action: @escaping @Sendable (Signal) -> Void) throws(IOError) {
    guard !signals.isEmpty, signals.allSatisfy({ $0 == .interrupt || $0 == .terminate }) else {
      throw IOError(.invalidInput)
    }
    try handlers.withState { handlers throws(IOError) in
      guard !handlers.contains(where: { signals.contains($0.signal) }) else { throw IOError(.alreadyExists) }
      if handlers.isEmpty {
        let result = metal_signals_handle { number in Signal(rawValue: number).runAction() }
        try SystemKernel.check(result)
      }
      for signal in signals where !handlers.contains(where: { $0.signal == signal }) {
        handlers.append((signal, action))
      }
    }
  }

  private static let handlers = Guarded<[(signal: Signal, action: @Sendable (Signal) -> Void)]>([])

  /// Runs the action of the signal, and returns `false` if the signal has none.
  private func runAction() -> Bool {
    let handler = Self.handlers.withState { handlers in handlers.first { $0.signal == self } }
    guard let handler else { return false }
    handler.action(self)
    return true
  }
}

extension Signal: CustomStringConvertible {
  /// The name of the signal, such as "SIGTERM", or its number.
  ///
  /// The text may change.
  public var description: String {
    switch self {
    case .interrupt: "SIGINT"
    case .terminate: "SIGTERM"
    default: "signal \(rawValue)"
    }
  }
}
#endif
