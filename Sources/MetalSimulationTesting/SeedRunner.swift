internal import MetalSimulation
internal import MetalSystem
internal import Testing

/// The loop that runs a case of a test with its seeds, one after the other.
struct SeedRunner {
  let trait: SimulatedTrait
  let test: Test
  let testCase: Test.Case?
  /// Attaches a text to the test.
  let attach: @Sendable (_ text: String, _ name: String) -> Void

  private var report: Report { Report(test: test) }

  /// The distance between the seeds that run twice even if they pass.
  private static var distanceOfChecks: Int { 100 }

  func run(_ request: SeedRequest, _ body: @Sendable () async throws -> Void) async throws {
    switch request {
    case .unreadable(let problem):
      Issue.record(Comment(rawValue: problem), sourceLocation: test.sourceLocation)
    case .replay(let seed):
      let outcome = try await run(seed, keeping: .all, isAloud: true, isDisplaced: false, body)
      attach(outcome.trace.jsonLines, "seed-\(seed).jsonl")
      if outcome.hasFailed { record(outcome) }
    case .count(let count):
      // A time limit or the test itself can cancel the test.
      for index in 0..<(count ?? trait.seeds) where !Task.isCancelled {
        guard try await passes(UInt64(index), isChecked: index % Self.distanceOfChecks == 0, body) else { return }
      }
    }
  }

  /// Runs a seed once or twice.
  ///
  /// The seed runs again if it fails or is due for a check.
  ///
  /// - Returns: `true` if there was nothing to report.
  private func passes(_ seed: UInt64, isChecked: Bool, _ body: @Sendable () async throws -> Void) async throws -> Bool {
    let first = try await run(
      seed, keeping: isChecked ? .all : .last(10_000), isAloud: false, isDisplaced: false, body)
    guard isChecked || first.hasFailed else { return true }
    let second = try await run(seed, keeping: .all, isAloud: first.hasFailed, isDisplaced: true, body)
    let difference = report.difference(first, second)
    if first.hasFailed, second.hasFailed {
      attach(second.trace.jsonLines, "seed-\(seed).jsonl")
      record(second)
    }
    if let difference {
      attach(first.trace.jsonLines, "seed-\(seed)-first.jsonl")
      attach(second.trace.jsonLines, "seed-\(seed)-second.jsonl")
      Issue.record(difference, sourceLocation: test.sourceLocation)
    }
    return !first.hasFailed && difference == nil
  }

  /// Runs the body with one seed.
  ///
  /// - Parameters:
  ///   - isAloud: Whether the runner reports issues. The runner counts all issues in both cases.
  ///   - isDisplaced: Whether the allocations of the run get other addresses than in an earlier run.
  /// - Throws: The error with which the body has cancelled the test.
  private func run(
    _ seed: UInt64, keeping retention: Trace.Retention, isAloud: Bool, isDisplaced: Bool,
    _ body: @Sendable () async throws -> Void
  ) async throws -> SeedOutcome {
    let simulation = Simulation(
      seed: seed, profile: trait.profile, defaults: trait.defaults, keeping: retention)
    let note = CrashNote(report.crashNote(seed))
    let enterThread: @Sendable () -> (any Sendable)? = {
      note.set()
      return isDisplaced ? Displacement() : nil
    }
    simulation.prepareRun(turns: trait.turns, whenProgramBegins: enterThread)
    let failures = Guarded<[String]>([])
    let handler = IssueHandlingTrait.compactMapIssues { issue in
      guard issue.isFailure else { return isAloud ? issue : nil }
      failures.withState { $0.append("\(issue)") }
      guard isAloud else { return nil }
      var issue = issue
      issue.comments.append("This is seed \(seed).")
      return issue
    }
    var failure: (any Error)?
    do {
      try await handler.provideScope(for: test, testCase: testCase) {
        let kept = enterThread()
        defer { CrashNote.remove() }
        try await Simulation.$ofTest.withValue(simulation) { try await body() }
        withExtendedLifetime(kept) {}
      }
    } catch {
      failure = error
    }
    withExtendedLifetime(note) {}
    let outcome = SeedOutcome(
      simulation: simulation, trace: simulation.trace, failures: failures.withState { $0 }, error: failure)
    if let failure, Task.isCancelled {
      // No second run follows, so only this code can report the earlier failures.
      if !isAloud, !outcome.failures.isEmpty {
        Issue.record(report.cancellation(outcome), sourceLocation: test.sourceLocation)
      }
      throw failure
    }
    return outcome
  }

  private func record(_ outcome: SeedOutcome) {
    let comment = report.failure(outcome)
    if let error = outcome.unrecordedError {
      Issue.record(error, comment, sourceLocation: test.sourceLocation)
    } else {
      Issue.record(comment, sourceLocation: test.sourceLocation)
    }
  }
}
