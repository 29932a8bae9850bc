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

/// Fails to compile for a type that cannot be used from, and shared between, threads.
func requireSendable<T: ~Copyable & Sendable>(_ type: T.Type) {}

/// The numbers that an `Int` can hold: on a 32-bit processor there is no number beyond 32 bits to pass.
func wide(_ numbers: [Int64]) -> [Int] { numbers.compactMap { Int(exactly: $0) } }
