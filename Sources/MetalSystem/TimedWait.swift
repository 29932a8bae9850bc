internal import CMetalSystem
internal import Synchronization

/// How a selector waits with a timeout: in nanoseconds, or in milliseconds where the system knows nothing finer.
package struct TimedWait: ~Copyable, Sendable {
  /// Whether the system has the finer wait, as far as is known.
  private let hasFineWait: Atomic<Bool>

  /// Makes the way of waiting, which can be told to do as on a system without the finer wait.
  package init(hasFineWait: Bool = true) {
    self.hasFineWait = Atomic(hasFineWait)
  }

  /// Waits for as long as a number of nanoseconds, and returns what the last system call did.
  ///
  /// - Parameters:
  ///   - nanoseconds: Longest time to wait; zero or less does not wait.
  ///   - finely: The system call that takes nanoseconds; returns 0 when they have passed.
  ///   - coarsely: The system call that takes milliseconds in 32 bits; returns 0 when they have passed.
  @inline(always)
  package func wait(nanoseconds: Int64, finely: (Int64) -> Int, coarsely: (Int32) -> Int) -> Int {
    guard nanoseconds > 0 else { return coarsely(0) }
    let isWholeMilliseconds = nanoseconds % 1_000_000 == 0 && nanoseconds <= Self.longestCoarseWait
    if !isWholeMilliseconds, hasFineWait.load(ordering: .relaxed) {
      let result = finely(nanoseconds)
      // Some sandboxes answer EPERM to a call they do not know. Either way nothing has been waited for yet.
      guard result == -Int(ENOSYS) || result == -Int(EPERM) else { return result }
      hasFineWait.store(false, ordering: .relaxed)
    }
    // Rounded up, so that no wait is cut short; a timeout beyond 32 bits of milliseconds takes several waits.
    var remaining = nanoseconds
    while remaining > Self.longestCoarseWait {
      let result = coarsely(Int32(Self.longestCoarseWait / 1_000_000))
      guard result == 0 else { return result }
      remaining -= Self.longestCoarseWait
    }
    return coarsely(Int32((remaining + 999_999) / 1_000_000))
  }

  /// Nanoseconds of which a wait can certainly express the milliseconds in 32 bits.
  private static var longestCoarseWait: Int64 { 2_000_000 * 1_000_000_000 }
}
