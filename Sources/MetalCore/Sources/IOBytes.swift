/// The memory that a call sends or writes: a span, or several spans in an ``IOVector``.
///
/// A program passes a `Span<UInt8>`, a `RawSpan` or a vector. A program need not use the members of this protocol.
///
/// Source: POSIX.1-2024 `<sys/uio.h>`. The entries of a vector have the layout of `struct iovec`.
public protocol IOBytes: ~Copyable, ~Escapable {
  /// The number of bytes.
  ///
  /// - Complexity: O(buffers).
  var byteCount: Int { get }

  /// Whether the memory is one buffer instead of a list of buffers.
  static var isContiguous: Bool { get }

  /// Lends the memory to a closure for one call.
  ///
  /// A conforming type must not pass more than 1,024 buffers, the most that every system accepts in one call.
  ///
  /// - Parameter body: Gets the buffer and its number of bytes, or the list of buffers and their number.
  /// - Returns: The result of the closure.
  @unsafe func withUnsafeRegions(_ body: (UnsafeRawPointer?, Int) -> IOResult) -> IOResult
}

/// The memory that a call reads or receives into: a mutable span, or several spans in a ``MutableIOVector``.
///
/// A program passes a `MutableSpan<UInt8>`, a `MutableRawSpan` or a vector. A program need not use the members of this
/// protocol.
///
/// Source: POSIX.1-2024 `<sys/uio.h>`. The entries of a vector have the layout of `struct iovec`.
public protocol MutableIOBytes: ~Copyable, ~Escapable {
  /// The number of bytes that the memory has room for.
  ///
  /// - Complexity: O(buffers).
  var byteCount: Int { get }

  /// Whether the memory is one buffer instead of a list of buffers.
  static var isContiguous: Bool { get }

  /// Lends the memory to a closure for one call.
  ///
  /// A conforming type must not pass more than 1,024 buffers, the most that every system accepts in one call.
  ///
  /// - Parameter body: Gets the buffer and its number of bytes, or the list of buffers and their number.
  /// - Returns: The result of the closure.
  @unsafe mutating func withUnsafeRegions(_ body: (UnsafeMutableRawPointer?, Int) -> IOResult) -> IOResult
}

extension Span: IOBytes where Element == UInt8 {
  /// The number of bytes.
  @inlinable public var byteCount: Int { count }

  /// `true`, because a span is one buffer.
  @inlinable public static var isContiguous: Bool { true }

  /// Lends the buffer and its number of bytes.
  @inlinable @unsafe
  public func withUnsafeRegions(_ body: (UnsafeRawPointer?, Int) -> IOResult) -> IOResult {
    // Safety: the pointer is lent only for the call of the body, while the span is borrowed.
    unsafe withUnsafeBytes { unsafe body($0.baseAddress, $0.count) }
  }
}

extension RawSpan: IOBytes {
  /// `true`, because a span is one buffer.
  @inlinable public static var isContiguous: Bool { true }

  /// Lends the buffer and its number of bytes.
  @inlinable @unsafe
  public func withUnsafeRegions(_ body: (UnsafeRawPointer?, Int) -> IOResult) -> IOResult {
    // Safety: the pointer is lent only for the call of the body, while the span is borrowed.
    unsafe withUnsafeBytes { unsafe body($0.baseAddress, $0.count) }
  }
}

extension MutableSpan: MutableIOBytes where Element == UInt8 {
  /// The number of bytes that the span has room for.
  @inlinable public var byteCount: Int { count }

  /// `true`, because a span is one buffer.
  @inlinable public static var isContiguous: Bool { true }

  /// Lends the buffer and its number of bytes.
  @inlinable @unsafe
  public mutating func withUnsafeRegions(_ body: (UnsafeMutableRawPointer?, Int) -> IOResult) -> IOResult {
    // Safety: the pointer is lent only for the call of the body, while the span has exclusive access.
    unsafe withUnsafeMutableBytes { unsafe body($0.baseAddress, $0.count) }
  }
}

extension MutableRawSpan: MutableIOBytes {
  /// `true`, because a span is one buffer.
  @inlinable public static var isContiguous: Bool { true }

  /// Lends the buffer and its number of bytes.
  @inlinable @unsafe
  public mutating func withUnsafeRegions(_ body: (UnsafeMutableRawPointer?, Int) -> IOResult) -> IOResult {
    // Safety: the pointer is lent only for the call of the body, while the span has exclusive access.
    unsafe withUnsafeMutableBytes { unsafe body($0.baseAddress, $0.count) }
  }
}

// The conformances below are unavailable, so that the compiler names the span to pass instead of the array.

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
  fatalError("A read of at most \(limit) bytes would look like the end of the stream. Ask for 1 or more.")
}
