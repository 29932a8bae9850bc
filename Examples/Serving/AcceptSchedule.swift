public import MetalCore

/// Decides when a server accepts connections, and how many connections in one turn.
///
/// A listener reports waiting connections once. If accepting stops before the queue is empty, no event follows for the
/// rest. Therefore the schedule remembers the waiting connections:
///
/// 1. A connection that ends before it is accepted costs nothing. The server accepts the next one at once.
/// 2. If descriptors or memory are short, the server tries again 100 ms later, until the shortage ends. A descriptor
///    that the server itself closes ends the pause.
/// 3. After any other error, the server tries again 100 ms later. The tenth error of this kind in a row ends the
///    server.
/// 4. When a turn has reached its limit, the next turn continues without waiting for an event.
///
/// The pause is a deadline on the kernel's clock. A pause that counts turns, or waits for a turn without events, never
/// ends while one busy client sends.
public struct AcceptSchedule<K: Kernel>: Sendable {
  @usableFromInline enum Next: Sendable {
    /// Accepting waits for the next event of the listener.
    case event
    /// Accepting is due in this turn, or in the next one.
    case now
    /// Accepting waits for a time on the kernel's clock, in nanoseconds.
    ///
    /// If a descriptor is missing, a free descriptor ends the wait.
    case time(Int64, needsDescriptor: Bool)
  }

  @usableFromInline let kernel: K
  @usableFromInline var next = Next.event
  @usableFromInline var failuresInARow = 0

  /// The number of attempts in one turn, before the connections get their turn.
  @inlinable public var fairShare: Int { 64 }

  /// The length of a pause after an error, in nanoseconds.
  @inlinable var pauseNanoseconds: Int64 { 100_000_000 }

  /// The number of lasting errors in a row that end the server.
  @inlinable public var failureLimit: Int { 10 }

  /// Makes a schedule that waits for the first event of the listener.
  ///
  /// - Parameter kernel: The kernel whose clock measures the pauses.
  @inlinable
  public init(on kernel: K) {
    self.kernel = kernel
  }

  /// Records an event of the listener.
  ///
  /// The event does not end a pause.
  @inlinable
  public mutating func listenerHasEvent() {
    if case .event = next { next = .now }
  }

  /// Records that the server has closed a descriptor.
  @inlinable
  public mutating func descriptorCameFree() {
    if case .time(_, needsDescriptor: true) = next { next = .now }
  }

  /// Returns the timeout for a poll: `timeout`, or a shorter one if accepting is due earlier.
  @inlinable
  public func timeout(atMost timeout: Duration?) -> Duration? {
    mayAccept ? shorterTimeout(atMost: timeout) : timeout
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

  /// Accepts connections if accepting is due, until none waits, the turn is at its limit, or an error needs a pause.
  ///
  /// - Parameter acceptNext: Accepts one connection; returns `false` if none waits.
  /// - Throws: The tenth lasting error in a row, as `acceptNext` has thrown it.
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

  /// Whether connections may wait to be accepted, now or after a pause.
  @inlinable public var mayAccept: Bool {
    if case .event = next { return false }
    return true
  }

  /// Whether accepting is due.
  @inlinable var isDue: Bool {
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
