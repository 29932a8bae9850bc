public import MetalKqueueSim

/// Why a run of programs has not gone to its end.
public struct RunError: Error, CustomStringConvertible {
  /// The kinds of reasons.
  public enum Kind: Hashable, Sendable {
    /// All programs wait, and nothing is scheduled that could end a wait.
    case deadlock
    /// The programs go on without end, and no time passes.
    case livelock
    /// The run has taken as much of the simulation's time as it may.
    case timeLimit
    /// A service has thrown an error, or another program whose result the test need not ask for.
    case programFailed
    /// Programs went on after the end of the run, although all their calls failed.
    case parked
  }

  /// The reason.
  public let kind: Kind
  /// What each program waits for; `nil` for a program that failed, and for programs that went on.
  public let diagnosis: Diagnosis?
  /// The name of the program that failed, and its error.
  public let failure: (program: String, error: any Error)?
  /// The names of the programs that went on after the end of the run.
  ///
  /// Each keeps its thread, which waits for good, and everything that it has opened.
  public internal(set) var parked: [String] = []

  /// One sentence, or the diagnosis.
  public var description: String {
    var text = diagnosis?.description ?? ""
    if let failure { text += "The program \"\(failure.program)\" has failed: \(failure.error)" }
    if !parked.isEmpty {
      text +=
        "Programs went on after the end of the run: \(parked.joined(separator: ", ")). "
        + "Let the error simulationEnded end a program's loop."
    }
    return text
  }
}
