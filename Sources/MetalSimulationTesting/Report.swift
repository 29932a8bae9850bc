internal import MetalSimulation
internal import Testing

/// The messages about a simulated test.
struct Report {
  let test: Test

  /// Returns the command line that runs only one seed of the test.
  func replay(_ seed: UInt64) -> String {
    "METAL_SIMULATION=\"seed=\(seed)\" swift test --filter \(filter)"
  }

  /// The name of the test for `--filter`, which takes regular expressions.
  var filter: String {
    var id = test.id.moduleName + "." + test.id.nameComponents.joined(separator: "/")
    if let end = id.lastIndex(of: "(") { id = String(id[..<end]) }
    let pattern = id.map { character in
      character.isLetter || character.isNumber || "._/ ".contains(character) ? character : "."
    }
    return pattern.contains(" ") ? "'\(String(pattern))'" : String(pattern)
  }

  /// Returns the note of a thread that crashes.
  func crashNote(_ seed: UInt64) -> String {
    "\nThe simulated test \(test.name) has crashed with seed \(seed). Run the seed alone with\n  \(replay(seed))\n\n"
  }

  /// Returns the text of the issue for a failed seed.
  func failure(_ outcome: SeedOutcome) -> Comment {
    var text = "Seed \(outcome.seed) has failed. Run it alone with\n  \(replay(outcome.seed))\n"
    if let diagnosis = outcome.simulation.diagnosis, !(outcome.error is RunError) { text += "\(diagnosis)" }
    return Comment(rawValue: text + outcome.trace.lanes(last: 30))
  }

  /// Returns the text of the issue for a seed that failed and then cancelled the test.
  func cancellation(_ outcome: SeedOutcome) -> Comment {
    let lines = outcome.failures.map { "  \($0)\n" }.joined()
    return Comment(
      rawValue: "Seed \(outcome.seed) has failed, then the test was cancelled:\n\(lines)Run the seed alone with\n  "
        + replay(outcome.seed))
  }

  /// Returns the text of the issue for two different runs of a seed; `nil` if the runs are equal.
  func difference(_ first: SeedOutcome, _ second: SeedOutcome) -> Comment? {
    var text = "The test is not deterministic. "
    if let difference = first.trace.firstDifference(from: second.trace) {
      text += "Two runs with seed \(first.seed) have left different traces. \(difference)"
    } else if first.hasFailed != second.hasFailed {
      text += "Two runs with seed \(first.seed) have left the same trace."
    } else {
      return nil
    }
    if first.hasFailed != second.hasFailed {
      text += "\nOne of them has failed:\n\((first.hasFailed ? first : second).failureLines)"
    } else {
      text += "\n"
    }
    text += "The guide \"Testing with simulated machines\" of Metal I/O lists the usual causes. "
    return Comment(rawValue: text + "Run the seed alone with\n  \(replay(first.seed))")
  }
}
