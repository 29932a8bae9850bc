// The compile-time choice of a backend, and the facts in which backends differ.

import MetalCore
@_exported import MetalKqueue
@_exported import MetalKqueueSim

typealias Selector = KqueueSimSelector

/// What the catalogue's right column says of this backend; what it says of the kernel stands in Support.
enum Backend {
  /// A source that is ready in both directions is reported by one event.
  static let mergesDirections = false
  /// Arriving data may be reported together with a stale "writable".
  static let repeatsWritable = false
  /// Priority interest can be registered.
  static let hasPriority = false
  /// Shutting down one's own writing side is reported as write-closed.
  static let reportsOwnWriteShutdown = true
  /// Shutting down one's own writing side is reported at all, if only as writable.
  static let wakesOnOwnWriteShutdown = true
  /// A shutdown of the program's own reading side, or of both sides, is reported.
  static let reportsOwnReadShutdown = true
  /// New data is reported although nothing was done about the data before it.
  static let reportsNewDataUndrained = true
  /// Timeouts are finer than a millisecond.
  static let hasFineTimeouts = true
  /// A source is no larger than its descriptor and the number of its selector: two 32-bit words.
  static let hasSmallSources = false
}
