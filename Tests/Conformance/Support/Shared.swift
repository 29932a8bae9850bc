import MetalCore
import Testing

/// A value that the test and its second thread use at the same time.
final class Shared<Value: ~Copyable & Sendable>: Sendable {
  let value: Value

  init(_ value: consuming Value) {
    self.value = value
  }
}

/// Ends a value's life here and nowhere else.
func drop<T: ~Copyable>(_ value: consuming T) {}

/// Does what may throw where nothing can be thrown, as on a second thread, and records what was thrown.
func attempt(sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws(IOError) -> Void) {
  do throws(IOError) {
    try body()
  } catch {
    Issue.record("the second thread failed: \(error)", sourceLocation: sourceLocation)
  }
}

/// Fails to compile for a type that cannot be used from, and shared between, threads.
func requireSendable<T: ~Copyable & Sendable>(_ type: T.Type) {}
