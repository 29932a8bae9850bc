internal import Synchronization

/// A scheduled action, and its result once the action has run.
///
/// ```swift
/// let answer = simulation.schedule(after: .seconds(1)) { 42 }
/// simulation.advance(by: .seconds(1))
/// #expect(answer.get() == 42)
/// ```
///
/// `@unchecked Sendable`: `run` writes the outcome once, before it sets the flag, and readers check the flag first.
public final class Scheduled<Value: Sendable, Failure: Error>: @unchecked Sendable {
  private var outcome: Result<Value, Failure>?
  private let isFinished = Atomic<Bool>(false)

  init() {}

  /// Whether the action has run.
  ///
  /// - Complexity: O(1); no allocation.
  public var hasRun: Bool { isFinished.load(ordering: .acquiring) }

  /// The value that the action returned, or the error that it threw; `nil` until the action has run.
  ///
  /// - Complexity: O(1); no allocation.
  public var result: Result<Value, Failure>? { hasRun ? outcome : nil }

  /// Returns the value that the action returned; `nil` until the action has run.
  ///
  /// - Throws: The error that the action threw.
  /// - Complexity: O(1); no allocation.
  public func get() throws(Failure) -> Value? { try result?.get() }

  /// Runs the action, and keeps its result.
  func run(_ action: () throws(Failure) -> Value) {
    outcome = Result(catching: action)
    isFinished.store(true, ordering: .releasing)
  }
}
