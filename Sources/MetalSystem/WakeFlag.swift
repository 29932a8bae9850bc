public import MetalCore

/// The token of a waker, and its flag for a pending wake.
///
/// A selector whose wakers share one signal uses this type, together with ``WokenWakers``.
@usableFromInline
package final class WakeFlag: Sendable {
  @usableFromInline package let token: Token
  /// A word of which the waker uses one bit.
  @usableFromInline package let pending = PendingWakes()

  package init(token: Token) { self.token = token }

  /// Marks a wake as pending, and returns `true` if no wake was pending before.
  @inlinable
  package func set() -> Bool { pending.begin(1) }

  /// Marks that no wake is pending.
  @inlinable
  package func clear() { pending.take() }
}

/// The wakers of a selector that have a pending wake, under the lock of the selector's table.
@usableFromInline
package struct WokenWakers: ~Copyable {
  /// The number of wakers.
  @usableFromInline var wakerCount = 0
  /// The woken wakers in the order of their first wakes, with capacity for all wakers.
  @usableFromInline var woken: [WakeFlag] = []

  @inlinable package init() {}

  /// Whether no wake is pending.
  @inlinable package var isEmpty: Bool { woken.isEmpty }

  /// Makes room for one more waker.
  @inlinable
  package mutating func addWaker() {
    wakerCount += 1
    if woken.capacity < wakerCount { woken.reserveCapacity(2 * wakerCount) }
  }

  /// Removes a waker and its pending wake.
  @inlinable
  package mutating func removeWaker(_ waker: WakeFlag) {
    wakerCount -= 1
    takeBack(waker)
  }

  /// Adds a waker to the list that the next wait reports.
  ///
  /// Call this method once for each `set()` that returned `true`.
  @inlinable
  package mutating func add(_ waker: WakeFlag) { woken.append(waker) }

  /// Removes a waker from the list that the next wait reports.
  @inlinable
  package mutating func takeBack(_ waker: WakeFlag) { woken.removeAll { $0 === waker } }

  /// The number of wakers that have a pending wake.
  @inlinable package var count: Int { woken.count }

  /// Returns the token of a woken waker, in the order of their first wakes.
  @inlinable
  package func token(at index: Int) -> Token { woken[index].token }

  /// Removes the first wakers after the selector has reported them, and clears their flags.
  @inlinable
  package mutating func removeFirst(_ reported: Int) {
    for index in 0..<reported { woken[index].clear() }
    woken.removeFirst(reported)
  }
}
