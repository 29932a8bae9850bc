/// Memory that a call sends or writes from: a span, or several in an ``IOVector``.
///
/// A program passes a `Span<UInt8>`, a `RawSpan` or a vector, and needs nothing of this protocol.
///
/// Source: `struct iovec` in POSIX.1-2024 `<sys/uio.h>`, whose layout the entries of a vector have.
public protocol IOBytes: ~Copyable, ~Escapable {
  /// The number of bytes.
  ///
  /// - Complexity: O(buffers).
  var byteCount: Int { get }

  /// Whether the memory is one buffer, and not a list of buffers.
  static var isContiguous: Bool { get }

  /// Lends the buffer and its number of bytes, or the list of buffers and their number.
  ///
  /// A conforming type must not pass more than 1,024 buffers, the most that a call takes on every system.
  @unsafe func withUnsafeRegions(_ body: (UnsafeRawPointer?, Int) -> IOResult) -> IOResult
}

/// Memory that a call reads or receives into: a mutable span, or several in a ``MutableIOVector``.
///
/// A program passes a `MutableSpan<UInt8>`, a `MutableRawSpan` or a vector, and needs nothing of this protocol.
///
/// Source: `struct iovec` in POSIX.1-2024 `<sys/uio.h>`, whose layout the entries of a vector have.
public protocol MutableIOBytes: ~Copyable, ~Escapable {
  /// The number of bytes that there is room for.
  ///
  /// - Complexity: O(buffers).
  var byteCount: Int { get }

  /// Whether the memory is one buffer, and not a list of buffers.
  static var isContiguous: Bool { get }

  /// Lends the buffer and its number of bytes, or the list of buffers and their number.
  ///
  /// A conforming type must not pass more than 1,024 buffers, the most that a call takes on every system.
  @unsafe mutating func withUnsafeRegions(_ body: (UnsafeMutableRawPointer?, Int) -> IOResult) -> IOResult
}

extension Span: IOBytes where Element == UInt8 {
  /// The number of bytes.
  @inlinable public var byteCount: Int { count }

  /// `true`: a span is one buffer.
  @inlinable public static var isContiguous: Bool { true }

  /// Lends the buffer and its number of bytes.
  @inlinable @unsafe
  public func withUnsafeRegions(_ body: (UnsafeRawPointer?, Int) -> IOResult) -> IOResult {
    // Safety: the pointer is lent for the call of the body only, while the span is borrowed.
    unsafe withUnsafeBytes { unsafe body($0.baseAddress, $0.count) }
  }
}

extension RawSpan: IOBytes {
  /// `true`: a span is one buffer.
  @inlinable public static var isContiguous: Bool { true }

  /// Lends the buffer and its number of bytes.
  @inlinable @unsafe
  public func withUnsafeRegions(_ body: (UnsafeRawPointer?, Int) -> IOResult) -> IOResult {
    // Safety: the pointer is lent for the call of the body only, while the span is borrowed.
    unsafe withUnsafeBytes { unsafe body($0.baseAddress, $0.count) }
  }
}

extension MutableSpan: MutableIOBytes where Element == UInt8 {
  /// The number of bytes that there is room for.
  @inlinable public var byteCount: Int { count }

  /// `true`: a span is one buffer.
  @inlinable public static var isContiguous: Bool { true }

  /// Lends the buffer and its number of bytes.
  @inlinable @unsafe
  public mutating func withUnsafeRegions(_ body: (UnsafeMutableRawPointer?, Int) -> IOResult) -> IOResult {
    // Safety: the pointer is lent for the call of the body only, while the span has exclusive access.
    unsafe withUnsafeMutableBytes { unsafe body($0.baseAddress, $0.count) }
  }
}

extension MutableRawSpan: MutableIOBytes {
  /// `true`: a span is one buffer.
  @inlinable public static var isContiguous: Bool { true }

  /// Lends the buffer and its number of bytes.
  @inlinable @unsafe
  public mutating func withUnsafeRegions(_ body: (UnsafeMutableRawPointer?, Int) -> IOResult) -> IOResult {
    // Safety: the pointer is lent for the call of the body only, while the span has exclusive access.
    unsafe withUnsafeMutableBytes { unsafe body($0.baseAddress, $0.count) }
  }
}

// Unavailable, so that the compiler names the span to pass instead.

@available(*, unavailable, message: "Pass the array's span.")
extension Array: IOBytes where Element == UInt8 {
  /// Unavailable: pass the array's `span`.
  public var byteCount: Int { count }
  /// Unavailable: pass the array's `span`.
  public static var isContiguous: Bool { true }
  /// Unavailable: pass the array's `span`.
  @unsafe
  public func withUnsafeRegions(_ body: (UnsafeRawPointer?, Int) -> IOResult) -> IOResult { fatalError() }
}

@available(*, unavailable, message: "Pass the array's mutableSpan.")
extension Array: MutableIOBytes where Element == UInt8 {
  /// Unavailable: pass the array's `mutableSpan`.
  @unsafe
  public mutating func withUnsafeRegions(
    _ body: (UnsafeMutableRawPointer?, Int) -> IOResult
  ) -> IOResult { fatalError() }
}

@usableFromInline @inline(never)
func stopForLimit(_ limit: Int) -> Never {
  fatalError("A read of at most \(limit) bytes cannot be told from the end of the stream. Ask for 1 or more.")
}
