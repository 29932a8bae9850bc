/// The right to wait on a selector, which a poll holds and lends to the selector for each wait.
///
/// Only a ``Poll`` makes one, and it cannot be copied, so a selector has one wait at a time without a check at run
/// time. A backend's ``Selector/select(into:timeout:by:)`` takes it and need not look at it.
///
/// It also keeps the selector alive to the end of the poll's life. A plain reference in a noncopyable struct does not:
/// an optimised build gives it up after its last use.
@frozen
public struct WaitPermit<S: Selector>: ~Copyable, Sendable {
  @usableFromInline let selector: S

  @inlinable init(_ selector: S) { self.selector = selector }

  // The body is empty and stays out of line, so that the compiler destroys a permit where its life ends, not earlier.
  // The layout does not depend on the parameter, so that this `deinit` is not lost (swiftlang/swift#89686).
  @inline(never)
  deinit {}
}
