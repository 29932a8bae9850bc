extension Duration {
  /// The duration in nanoseconds, rounded up; the most that 64 bits hold, 292 years, if it is longer.
  @usableFromInline @inline(never)
  package var wholeNanoseconds: Int64 {
    // A duration can be longer than its components can say.
    let (seconds, attoseconds) = min(max(self, .zero), .seconds(Int64.max)).components
    let (whole, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, overflowedAgain) = whole.addingReportingOverflow((attoseconds + 999_999_999) / 1_000_000_000)
    return overflowed || overflowedAgain ? .max : sum
  }

  /// The duration in seconds, rounded up, for an option of a kernel; a number that every kernel refuses if the duration
  /// is negative or too long for any.
  @usableFromInline
  package var optionSeconds: Int {
    // Compared first, since a duration can be longer than its components can say.
    guard self >= .zero, self <= .seconds(Int32.max) else { return .min }
    let (whole, attoseconds) = components
    return Int(whole) + (attoseconds > 0 ? 1 : 0)
  }
}
