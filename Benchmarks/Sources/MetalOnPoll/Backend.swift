import MetalPoll

/// The selector under test.
typealias BenchmarkSelector = PosixPollSelector

extension System {
  /// What the system is called.
  static let name = "Metal I/O on poll(2)"

  /// Whether a source is reported again on the next byte, though nothing was read from it.
  static let reportsEveryByte = false
}
