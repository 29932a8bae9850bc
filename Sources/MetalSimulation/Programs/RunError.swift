public import MetalKqueueSim

/// The error of a run that has ended before its programs.
///
/// `simulation.run()` throws this error. The guide "Testing with simulated machines" explains the possible ends of a
/// run.
public struct RunError: Error, CustomStringConvertible {
  /// The reasons for the early end of a run.
  public enum Kind: Hashable, Sendable {
    /// All programs wait, and the schedule has no entry that could end a wait.
    case deadlock
    /// The programs continue without end, and no time passes.
    ///
    /// The programs have passed the turn too many times at one moment, or actions schedule each other for the same
    /// moment without end.
    case livelock
    /// The simulated time has reached the limit of the run.
    case timeLimit
    /// A program with a role has thrown an error.
    case programFailed
    /// Programs continued after the end of the run, although all their calls failed.
    ///
    /// All clients have ended. Each program in ``RunError/parked`` has ignored 1,000 failed calls.
    case parked
  }

  /// The reason for the early end.
  public let kind: Kind
  /// The waits of all programs at the end of the run; `nil` for ``Kind/programFailed`` and ``Kind/parked``.
  public let diagnosis: Diagnosis?
  /// The name and the error of the program that failed; `nil` unless the kind is ``Kind/programFailed``.
  public let failure: (program: String, error: any Error)?
  /// The names and errors of the programs that failed during the run and did not end the run.
  ///
  /// These are programs without a role, in the order of their ends. The other programs may wait for one of these
  /// programs.
  public internal(set) var earlierFailures: [(program: String, error: any Error)] = []
  /// The names of the programs that continued after the end of the run.
  ///
  /// The list may contain names for any ``kind``. Each listed program keeps its open descriptors, and its thread waits
  /// until the process ends.
  public internal(set) var parked: [String] = []

  /// A text for a failed test: the diagnosis or the failed program, the ``earlierFailures``, and the ``parked`` programs.
  public var description: String {
    var text = diagnosis?.description ?? ""
    if let failure { text += "The program \"\(failure.program)\" has failed: \(failure.error)" }
    for earlier in earlierFailures {
      if failure != nil { text += "\n" }
      text += "The program \"\(earlier.program)\" had failed before: \(earlier.error)"
      if failure == nil { text += "\n" }
    }
    if !parked.isEmpty {
      text +=
        "Programs went on after the end of the run: \(parked.joined(separator: ", ")). "
        + "Let the error simulationEnded end a program's loop."
    }
    return text
  }
}
