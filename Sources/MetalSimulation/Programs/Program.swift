public import MetalKqueueSim
internal import MetalCore
internal import Synchronization

/// A program of a simulated machine, with its result after its end.
///
/// A call of `machine.start` makes a program.
///
/// ```swift
/// let answer = client.start { [address = server.address] in try fetch(address, port: 80) }
/// try simulation.run()
/// #expect(try answer.get() == "hello")
/// ```
public final class Program<Value: Sendable>: Sendable {
  /// The states of a program.
  public enum State: Hashable, Sendable {
    /// The program has not had its first turn.
    case notStarted
    /// The program has begun and has not ended.
    case running
    /// The program has returned, or has thrown an error.
    case ended
    /// The program continued after the end of the run, and its thread waits until the process ends.
    case parked
  }

  let core: ProgramCore
  private let outcome = Outcome<Value>()

  init(_ core: ProgramCore, _ body: @escaping @Sendable () throws -> Value) {
    self.core = core
    core.body = { [outcome] isOver in
      outcome.run { () throws -> Value in
        if isOver { throw IOError(.simulationEnded) }
        return try body()
      }
    }
  }

  /// The name of the program, for diagnoses.
  public var name: String { core.name }

  /// The machine that the program runs on.
  public var machine: Machine { core.machine }

  /// The state of the program.
  ///
  /// - Complexity: O(1); no allocation.
  public var state: State {
    switch core.state {
    case .notStarted: .notStarted
    case .ready, .sleeping: .running
    case .ended: .ended
    case .parked: .parked
    }
  }

  /// The value that the program has returned, or the error that it has thrown; `nil` before its end.
  ///
  /// - Complexity: O(1); no allocation.
  public var result: Result<Value, any Error>? { outcome.value }

  /// The error that the program has thrown; `nil` if the program returned a value or has not ended.
  ///
  /// - Complexity: O(1); no allocation.
  public var error: (any Error)? {
    if case .failure(let error) = result { error } else { nil }
  }

  /// Returns the value that the program has returned.
  ///
  /// - Returns: The value.
  /// - Throws: The error that the program has thrown. `IOError.Kind.simulationEnded` if the run ended before the
  ///   program began, or if the program passed this error on. `IOError.Kind.wouldBlock` if the program has not ended.
  /// - Complexity: O(1); no allocation.
  public func get() throws -> Value {
    guard let result else { throw IOError(.wouldBlock) }
    return try result.get()
  }
}

/// The storage for the result of a program.
///
/// `@unchecked Sendable`: one thread writes the value once, before it sets the flag. Other threads read the value only
/// if the flag is set.
private final class Outcome<Value: Sendable>: @unchecked Sendable {
  private var result: Result<Value, any Error>?
  private let isFinished = Atomic<Bool>(false)

  var value: Result<Value, any Error>? { isFinished.load(ordering: .acquiring) ? result : nil }

  /// Runs the program and keeps its result.
  ///
  /// - Returns: The error that the program throws; `nil` if the program returns a value.
  func run(_ body: () throws -> Value) -> (any Error)? {
    defer { isFinished.store(true, ordering: .releasing) }
    do {
      result = .success(try body())
      return nil
    } catch {
      result = .failure(error)
      return error
    }
  }
}
