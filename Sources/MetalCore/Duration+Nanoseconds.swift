extension Duration {
  /// The duration in nanoseconds, rounded up; the most that 64 bits hold, 292 years, if it is longer.
  @usableFromInline
  @inline(never)
  package var wholeNanoseconds: Int64 {
    // A duration can be longer than its components can say.
    let (seconds, attoseconds) = min(max(self, .zero), .seconds(Int64.max)).components
    let (whole, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflowedAgain) = whole.addingReportingOverflow((attoseconds + 999_999_999) / 1_000_000_000)
    return overflowed || overflowedAgain ? .max : sum
  }
}
