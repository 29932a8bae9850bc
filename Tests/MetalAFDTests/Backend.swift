// The compile-time choice of a backend, and the facts in which backends differ.

import MetalCore
import MetalSystem
@_exported import MetalAFD

typealias Selector = AFDSelector

/// The facts about this backend in the right column of the catalogue.
///
/// SystemBackend.swift has the facts about the system.
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
  static let reportsOwnReadShutdown = false
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
}
