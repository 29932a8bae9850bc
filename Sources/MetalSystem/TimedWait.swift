#if !METAL_WINDOWS
internal import CMetalSystem
internal import Synchronization

/// A wait with a timeout in nanoseconds, or in milliseconds on a system without a finer wait.
package struct TimedWait: ~Copyable, Sendable {
  /// Whether the system has the finer wait.
  ///
  /// The value is `true` until a call shows the opposite.
  private let hasFineWait: Atomic<Bool>

  /// Makes a wait.
  ///
  /// Without `hasFineWait` the value behaves as on a system without the finer wait.
  package init(hasFineWait: Bool = true) {
    self.hasFineWait = Atomic(hasFineWait)
  }

  /// Waits for a number of nanoseconds.
  ///
  /// - Parameters:
  ///   - nanoseconds: The longest time to wait. With zero or less, the call does not wait.
  ///   - finely: The system call that takes nanoseconds, and returns 0 when they have passed.
  ///   - coarsely: The system call that takes milliseconds in 32 bits, and returns 0 when they have passed.
  /// - Returns: The result of the last system call.
  @inline(always)
  package func wait(nanoseconds: Int64, finely: (Int64) -> Int, coarsely: (Int32) -> Int) -> Int {
    guard nanoseconds > 0 else { return coarsely(0) }
    let isWholeMilliseconds = nanoseconds % 1_000_000 == 0 && nanoseconds <= Self.longestCoarseWait
    if !isWholeMilliseconds, hasFineWait.load(ordering: .relaxed) {
      let result = finely(nanoseconds)
      // Some sandboxes return EPERM for an unknown call. After ENOSYS or EPERM, no time has passed.
      guard result == -Int(ENOSYS) || result == -Int(EPERM) else { return result }
      hasFineWait.store(false, ordering: .relaxed)
    }
    // The last line rounds the timeout up, so no wait ends early. A timeout that does not fit into 32 bits of
    // milliseconds takes several waits.
    var remaining = nanoseconds
    while remaining > Self.longestCoarseWait {
      let result = coarsely(Int32(Self.longestCoarseWait / 1_000_000))
      guard result == 0 else { return result }
      remaining -= Self.longestCoarseWait
    }
    return coarsely(Int32((remaining + 999_999) / 1_000_000))
  }

  /// The longest single wait in nanoseconds, chosen so that its milliseconds fit into 32 bits.
  private static var longestCoarseWait: Int64 { 2_000_000 * 1_000_000_000 }
}
#endif
