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

extension Duration {
  /// Returns the duration in seconds, rounded up, or throws ``IOError/Kind/invalidInput`` if it is negative or these lie
  /// outside a range.
  @usableFromInline
  package func wholeSeconds(in range: ClosedRange<Int>) throws(IOError) -> Int {
    // Compared first, since a duration can be longer than its components can say.
    guard self >= .zero, self <= .seconds(range.upperBound) else { throw IOError(.invalidInput) }
    let (whole, attoseconds) = components
    let seconds = Int(whole) + (attoseconds > 0 ? 1 : 0)
    guard range.contains(seconds) else { throw IOError(.invalidInput) }
    return seconds
  }
}
