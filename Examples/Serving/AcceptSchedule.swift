public import MetalCore

/// Decides when a server accepts connections, and how many connections in one turn.
///
/// The poll reports waiting connections once. If the server stops accepting before the queue is empty, no event reports
/// the remaining connections. Therefore the schedule remembers that connections may wait:
///
/// 1. If a connection has ended before the server accepts it, the server accepts the next connection at once.
/// 2. If descriptors or memory are short, the server tries again 100 ms later, until the shortage ends. If the server
///    closes a connection, the pause ends at once.
/// 3. Any other error is a lasting error. The server tries again 100 ms later. The tenth lasting error in a row ends the
///    server.
/// 4. When a turn has reached its limit, the next turn accepts more connections without waiting for an event.
///
/// A pause is a deadline on the kernel's clock. The schedule does not wait for a turn without events, because one busy
/// client can cause events in every turn.
public struct AcceptSchedule<K: Kernel>: Sendable {
  @usableFromInline enum Next: Sendable {
    /// The server accepts after the next event of the listener.
    case event
    /// The server accepts in this turn, or in the next turn.
    case now
    /// The server accepts at a time on the kernel's clock, in nanoseconds.
    ///
    /// If `needsDescriptor` is `true`, a free descriptor ends the pause.
    case time(Int64, needsDescriptor: Bool)
  }

  @usableFromInline let kernel: K
  @usableFromInline var next = Next.event
  @usableFromInline var failuresInARow = 0

  /// The largest number of attempts in one turn, before the connections get their turn.
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
  ///
  /// If the server waits for a free descriptor, the pause ends.
  @inlinable
  public mutating func descriptorCameFree() {
    if case .time(_, needsDescriptor: true) = next { next = .now }
  }

  /// Returns the timeout for the next wait.
  ///
  /// - Parameter timeout: The longest timeout; `nil` for a timeout without a limit.
  /// - Returns: `timeout`, or a shorter timeout if the server must accept earlier.
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

  /// Accepts connections, if the server must accept in this turn.
  ///
  /// The method stops if no connection waits, at the limit of the turn, or after an error that needs a pause.
  ///
  /// - Parameter acceptNext: A closure that accepts one connection, or returns `false` if no connection waits.
  /// - Throws: The tenth lasting error that `acceptNext` throws in a row.
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

  /// Whether connections may wait in the listener's queue.
  @inlinable public var mayAccept: Bool {
    if case .event = next { return false }
    return true
  }

  /// Whether the server must accept in this turn.
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
