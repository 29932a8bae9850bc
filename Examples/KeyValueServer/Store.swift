import MetalIO

/// Keys and their values, some of which have a deadline.
///
/// A key whose deadline has passed is gone for every operation at once. `removeExpired` removes the rest of it, a limited
/// number in one turn, so that a million keys with one deadline delay nobody.
struct Store<S: Selector> {
  typealias Instant = S.KernelClock.Instant

  private var values: [[UInt8]: [UInt8]] = [:]
  private var deadlines = DeadlineHeap<[UInt8], Instant>()

  /// How many keys there are, also those whose deadline has passed and which are not removed yet.
  var count: Int { values.count }

  /// When the next key expires.
  var nearestDeadline: Instant? { deadlines.nearest }

  /// Returns the value of a key.
  func value(of key: [UInt8], at now: Instant) -> [UInt8]? {
    isExpired(key, at: now) ? nil : values[key]
  }

  /// Returns the deadline of a key.
  func deadline(of key: [UInt8]) -> Instant? { deadlines[key] }

  /// Sets the value of a key, with a deadline or without one.
  mutating func set(_ key: [UInt8], to value: [UInt8], until deadline: Instant? = nil) {
    values[key] = value
    if let deadline { deadlines.set(deadline, for: key) } else { deadlines.cancel(key) }
  }

  /// Sets a new value and leaves the deadline of the key.
  mutating func replace(_ key: [UInt8], by value: [UInt8]) {
    values[key] = value
  }

  /// Sets the deadline of a key; returns whether there is such a key.
  mutating func expire(_ key: [UInt8], at deadline: Instant, now: Instant) -> Bool {
    guard value(of: key, at: now) != nil else { return false }
    deadlines.set(deadline, for: key)
    return true
  }

  /// Removes a key; returns whether there was one.
  @discardableResult
  mutating func remove(_ key: [UInt8], at now: Instant) -> Bool {
    let isExpired = isExpired(key, at: now)
    deadlines.cancel(key)
    return values.removeValue(forKey: key) != nil && !isExpired
  }

  /// Removes keys whose deadline has passed, up to a limit; if there are more, the nearest deadline is in the past.
  mutating func removeExpired(at now: Instant, atMost limit: Int) {
    for _ in 0..<limit {
      guard let key = deadlines.popFirst(passedAt: now) else { return }
      values[key] = nil
    }
  }

  private func isExpired(_ key: [UInt8], at now: Instant) -> Bool {
    guard let deadline = deadlines[key] else { return false }
    return deadline <= now
  }
}
