public import MetalCore

/// Decides when a server accepts connections, and how many in one turn.
///
/// A listener reports waiting connections once. If accepting stops before the queue is empty, no event comes for the
/// rest, so the schedule remembers that they wait:
///
/// 1. A connection that is gone before it is accepted costs nothing. The server accepts the next one at once.
/// 2. If descriptors or memory are short, the server tries again 100 ms later, for as long as the shortage lasts. A
///    descriptor that the server itself gives back ends the pause.
/// 3. After any other error the server tries again 100 ms later. The tenth such error in a row ends the server.
/// 4. When a turn's share is used up, the next turn goes on without waiting for an event.
///
/// The pause is a deadline on the kernel's clock. A pause that counts turns, or waits for a turn without events, never
/// ends while one busy client talks.
public struct AcceptSchedule<K: Kernel>: Sendable {
  @usableFromInline enum Next: Sendable {
    /// The listener's next event.
    case event
    /// This turn, or the next.
    case now
    /// A time on the kernel's clock, in nanoseconds. A descriptor that comes free ends the wait if one is missing.
    case time(Int64, needsDescriptor: Bool)
  }

  @usableFromInline let kernel: K
  @usableFromInline var next = Next.event
  @usableFromInline var failuresInARow = 0

  /// How many attempts one turn makes before the connections get theirs.
  @inlinable public var fairShare: Int { 64 }

  /// How long accepting pauses after an error.
  @inlinable var pauseNanoseconds: Int64 { 100_000_000 }

  /// How many lasting errors in a row end the server.
  @inlinable public var failureLimit: Int { 10 }

  /// Makes a schedule that waits for the listener's first event.
  @inlinable
  public init(on kernel: K) {
    self.kernel = kernel
  }

  /// Records an event of the listener, which does not end a pause.
  @inlinable
  public mutating func listenerHasEvent() {
    if case .event = next { next = .now }
  }

  /// Records that the server has given a descriptor back.
  @inlinable
  public mutating func descriptorCameFree() {
    if case .time(_, needsDescriptor: true) = next { next = .now }
  }

  /// Returns how long a poll may wait: `timeout`, or less if accepting is due earlier.
  @inlinable
  public func timeout(atMost timeout: Duration?) -> Duration? {
    if case .event = next { return timeout }
    return shorterTimeout(atMost: timeout)
  }

  @inlinable @inline(never)
  func shorterTimeout(atMost timeout: Duration?) -> Duration? {
    switch next {
    case .event: return timeout
    case .now: return .zero
    case .time(let time, _):
      let rest = Duration.nanoseconds(max(0, time - kernel.monotonicNanoseconds))
      return min(rest, timeout ?? rest)
    }
  }

  /// Accepts if it is due, until no connection waits, the turn's share is used up, or an error asks for a pause.
  ///
  /// - Parameter acceptNext: Accepts one connection; returns false if none waits.
  /// - Throws: The tenth lasting error in a row.
  @inlinable
  public mutating func acceptIfDue(_ acceptNext: () throws(IOError) -> Bool) throws(IOError) {
    guard isDue else { return }
    next = .event
    for _ in 0..<fairShare {
      do throws(IOError) {
        let hasAccepted = try acceptNext()
        failuresInARow = 0
        guard hasAccepted else { return }
      } catch {
        guard error.kind.isOfOneConnection else { return try putOff(after: error) }
      }
    }
    next = .now
  }

  /// Whether it is time to accept.
  @inlinable public var isDue: Bool {
    switch next {
    case .event: false
    case .now: true
    case .time(let time, _): kernel.monotonicNanoseconds >= time
    }
  }

  @inlinable
  @inline(never)
  mutating func putOff(after error: IOError) throws(IOError) {
    let isShortage = error.kind.isShortage
    failuresInARow = isShortage ? 0 : failuresInARow + 1
    if failuresInARow == failureLimit { throw error }
    next = .time(kernel.monotonicNanoseconds + pauseNanoseconds, needsDescriptor: isShortage)
  }
}
