import MetalIO

/// A store of keys with values, in which a key may have a deadline.
///
/// After the deadline of a key, every operation treats the key as missing. `removeExpired` frees the memory of expired
/// keys. The server limits the removals in one turn, so many keys with one deadline do not delay the clients.
struct Store<S: Selector> {
  typealias Instant = S.KernelClock.Instant

  private var values: [[UInt8]: [UInt8]] = [:]
  private var deadlines = DeadlineHeap<[UInt8], Instant>()

  /// The number of keys, including expired keys that the store has not removed yet.
  var count: Int { values.count }

  /// The earliest deadline of a key, or `nil` if no key has a deadline.
  var nearestDeadline: Instant? { deadlines.nearest }

  /// Returns the value of a key, or `nil` if the key is missing or expired.
  func value(of key: [UInt8], at now: Instant) -> [UInt8]? {
    isExpired(key, at: now) ? nil : values[key]
  }

  /// Returns the deadline of a key, or `nil` if the key has no deadline.
  func deadline(of key: [UInt8]) -> Instant? { deadlines[key] }

  /// Sets the value of a key, and replaces or removes the deadline of the key.
  mutating func set(_ key: [UInt8], to value: [UInt8], until deadline: Instant? = nil) {
    values[key] = value
    if let deadline { deadlines.set(deadline, for: key) } else { deadlines.cancel(key) }
  }

  /// Sets the value of a key, and keeps the deadline of the key.
  mutating func replace(_ key: [UInt8], by value: [UInt8]) {
    values[key] = value
  }

  /// Sets the deadline of a key.
  ///
  /// - Returns: Whether the key exists.
  mutating func expire(_ key: [UInt8], at deadline: Instant, now: Instant) -> Bool {
    guard value(of: key, at: now) != nil else { return false }
    deadlines.set(deadline, for: key)
    return true
  }

  /// Removes a key.
  ///
  /// - Returns: Whether the key existed and was not expired.
  @discardableResult
  mutating func remove(_ key: [UInt8], at now: Instant) -> Bool {
    let isExpired = isExpired(key, at: now)
    deadlines.cancel(key)
    return values.removeValue(forKey: key) != nil && !isExpired
  }

  /// Removes expired keys, up to a limit.
  ///
  /// If expired keys remain, `nearestDeadline` has passed.
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
