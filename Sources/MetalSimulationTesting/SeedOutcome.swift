internal import MetalSimulation
internal import Testing

/// The result of a run with one seed.
struct SeedOutcome {
  let simulation: Simulation
  let trace: Trace
  /// The descriptions of all issues that are failures.
  let failures: [String]
  /// The error that the body has thrown.
  let error: (any Error)?

  var seed: UInt64 { simulation.seed }
  var hasFailed: Bool { error != nil || !failures.isEmpty }

  /// The error that still needs an issue.
  ///
  /// The value is `nil` for a failed `#require`, which has already recorded its issue.
  var unrecordedError: (any Error)? { error is ExpectationFailedError ? nil : error }

  /// The failures, one in each line, with the thrown error last.
  var failureLines: String {
    var lines = failures
    if let error = unrecordedError { lines.append("Caught error: \(error)") }
    return lines.map { "  \($0)\n" }.joined()
  }
}
