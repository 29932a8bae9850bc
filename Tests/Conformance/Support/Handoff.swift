import MetalCore
import Synchronization

/// A value that an action hands to the test, or that both use, one at a time.
///
/// Its lock is an atomic flag, since the thread sanitizer does not see a contended `Mutex` being locked.
///
/// `@unchecked Sendable`: the value is touched only by the thread that has set the flag.
final class Handoff<Value: ~Copyable & Sendable>: @unchecked Sendable {
  private var value: Value?
  private let isLocked = Atomic<Bool>(false)

  init() {
    value = nil
  }

  /// Puts a value in; one that is there already is dropped.
  func put(_ value: consuming sending Value) {
    var value: Value? = .some(value)
    lock()
    swap(&self.value, &value)
    unlock()
  }

  /// Takes the value out, if there is one.
  func take() -> sending Value? {
    lock()
    defer { unlock() }
    return value.take()
  }

  private func lock() {
    while isLocked.exchange(true, ordering: .acquiring) {}
  }

  private func unlock() {
    isLocked.store(false, ordering: .releasing)
  }
}

extension Handoff where Value: ~Copyable {
  /// Takes the value out, which must be there.
  func taken() throws(IOError) -> sending Value {
    guard let value = take() else { throw IOError(.notFound) }
    return value
  }
}
