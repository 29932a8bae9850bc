import MetalEpoll

/// The selector under test.
typealias BenchmarkSelector = EpollSelector

extension System {
  /// What the system is called.
  static let name = "Metal I/O on epoll"

  /// Whether a source is reported again on the next byte, though nothing was read from it.
  ///
  /// That is how edge-triggered epoll is. The library does not promise it.
  static let reportsEveryByte = true
}
