// The compile-time choice of a backend, and the facts in which backends differ.

import MetalCore
import MetalSystem
@_exported import MetalPoll

typealias Selector = PosixPollSelector

/// What the catalogue's right column says of this backend; what it says of the system stands in SystemBackend.swift.
enum Backend {
  /// A source that is ready in both directions is reported by one event.
  static let mergesDirections = true
  /// Arriving data may be reported together with a stale "writable".
  static let repeatsWritable = false
  /// Priority interest can be registered.
  static let hasPriority = true
  /// Shutting down one's own writing side is reported as write-closed.
  static let reportsOwnWriteShutdown = false
  /// Shutting down one's own writing side is reported at all, if only as writable.
  static let wakesOnOwnWriteShutdown = false
  /// A shutdown of the program's own reading side, or of both sides, is reported.
  static let reportsOwnReadShutdown = true
  /// New data is reported although nothing was done about the data before it.
  static let reportsNewDataUndrained = false
  /// Timeouts are finer than a millisecond.
  static let hasFineTimeouts = true
  /// A source is no larger than its descriptor and the number of its selector: two 32-bit words.
  static let hasSmallSources = false
  /// The number of descriptors that a waker takes, beside what its poll has.
  static let descriptorsPerWaker = 0

  /// Reregistering notices that a descriptor's number belongs to another file.
  static let noticesReusedNumbers = false

  /// Makes a poll that waits for whole milliseconds, as on a system without the finer wait.
  static func coarsePoll() throws(IOError) -> Poll {
    Poll(try Selector(hasFineWait: false))
  }
}
