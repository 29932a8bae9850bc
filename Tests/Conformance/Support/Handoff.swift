import MetalCore
import Synchronization
import Testing

/// A value that an action hands to the test, or that both use, one at a time.
final class Handoff<Value: ~Copyable & Sendable>: Sendable {
  private let slot = Mutex<Value?>(nil)

  /// Puts a value in; one that is there already is dropped.
  func put(_ value: consuming sending Value) {
    var value: Value? = .some(value)
    slot.withLock { slot in
      swap(&slot, &value)
    }
  }

  /// Takes the value out, if there is one.
  func take() -> sending Value? {
    slot.withLock { slot in slot.take() }
  }
}

extension Handoff where Value: ~Copyable {
  /// Takes the value out, which must be there.
  func taken() throws(IOError) -> sending Value {
    guard let value = take() else { throw IOError(.notFound) }
    return value
  }
}

/// Runs what an action does, and records an issue if it throws: an action itself cannot throw.
func recordingErrors(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void) {
  do {
    try body()
  } catch {
    Issue.record(error, sourceLocation: sourceLocation)
  }
}
