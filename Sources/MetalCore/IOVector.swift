/// The buffers of one gathering write, in the order in which they are sent.
///
/// It borrows the spans for as long as it lives and owns no memory:
///
/// ```swift
/// var vector = IOVector<2>()
/// vector.append(header.span)
/// vector.append(body.span)
/// let count = try stream.write(vector)
/// ```
///
/// A call takes up to 1,024 buffers on Linux, macOS and the BSDs (`IOV_MAX`). With more it moves nothing and throws
/// ``IOError/Kind/invalidInput``, on sockets of every kind and on pipes.
///
/// - Complexity: O(1) for every operation but ``byteCount``; no allocation.
///
/// Source: writev(2), `struct iovec` in POSIX.1-2024 `<sys/uio.h>`, whose layout the entries have.
@frozen
@safe
public struct IOVector<let capacity: Int>: ~Escapable {
  @usableFromInline
  var entries: InlineArray<capacity, IOVectorEntry>
  @usableFromInline
  var used: Int

  /// Makes a vector without buffers.
  @inlinable
  @_lifetime(immortal)
  public init() {
    // Safety: an empty entry refers to nothing.
    unsafe entries = InlineArray(repeating: IOVectorEntry(base: nil, count: 0))
    used = 0
  }

  /// The number of buffers.
  @inlinable
  public var count: Int { used }

  /// The number of bytes in all buffers together.
  ///
  /// - Complexity: O(buffers).
  @inlinable
  public var byteCount: Int {
    var sum = 0
    // Safety: only the length is read.
    for index in 0..<used { sum += unsafe entries[index].count }
    return sum
  }

  /// Adds a buffer behind the others; a full vector stops the program.
  @inlinable
  @_lifetime(self: copy self, copy bytes)
  public mutating func append(_ bytes: Span<UInt8>) {
    guard used < capacity else { stopForFullVector(capacity) }
    // Safety: the vector cannot outlive the span, by its lifetime dependence, and only reads through the pointer.
    unsafe entries[used] = bytes.withUnsafeBytes {
      unsafe IOVectorEntry(base: UnsafeMutableRawPointer(mutating: $0.baseAddress), count: $0.count)
    }
    used += 1
  }

  /// The buffer at a position; a position outside the vector stops the program.
  @inlinable
  public subscript(position: Int) -> Span<UInt8> {
    @_lifetime(copy self)
    get {
      guard position >= 0, position < used else { stopForPosition(position, used) }
      // Safety: the entry was made from a span that outlives this vector.
      let entry = unsafe entries[position]
      let bytes = unsafe Span<UInt8>(
        _unsafeBytes: UnsafeRawBufferPointer(start: entry.base, count: entry.count))
      return unsafe _overrideLifetime(bytes, copying: self)
    }
  }

  /// Lends the entries to a system call.
  @inlinable
  @unsafe
  package func withUnsafeEntries(_ body: (UnsafeRawPointer?, Int) -> IOResult) -> IOResult {
    // Safety: the entries are lent for the call only, and refer to spans that this vector cannot outlive.
    unsafe entries.span.withUnsafeBytes { unsafe body($0.baseAddress, used) }
  }
}

/// The buffers of one scattering read, in the order in which they are filled.
///
/// ```swift
/// var vector = MutableIOVector<2>()
/// vector.append(tail.mutableSpan)
/// vector.append(overflow.mutableSpan)
/// let count = try stream.read(into: vector)
/// ```
///
/// It has exclusive access to the buffers for as long as it lives; a read consumes it. Otherwise as ``IOVector``.
///
/// Source: readv(2), `struct iovec` in POSIX.1-2024 `<sys/uio.h>`.
@frozen
@safe
public struct MutableIOVector<let capacity: Int>: ~Copyable, ~Escapable {
  @usableFromInline
  var entries: InlineArray<capacity, IOVectorEntry>
  @usableFromInline
  var used: Int

  /// Makes a vector without buffers.
  @inlinable
  @_lifetime(immortal)
  public init() {
    // Safety: an empty entry refers to nothing.
    unsafe entries = InlineArray(repeating: IOVectorEntry(base: nil, count: 0))
    used = 0
  }

  /// The number of buffers.
  @inlinable
  public var count: Int { used }

  /// The number of bytes that all buffers together have room for.
  ///
  /// - Complexity: O(buffers).
  @inlinable
  public var byteCount: Int {
    var sum = 0
    // Safety: only the length is read.
    for index in 0..<used { sum += unsafe entries[index].count }
    return sum
  }

  /// Adds a buffer behind the others; a full vector stops the program.
  @inlinable
  @_lifetime(self: copy self, copy buffer)
  public mutating func append(_ buffer: consuming MutableSpan<UInt8>) {
    guard used < capacity else { stopForFullVector(capacity) }
    // Safety: the span was consumed, and the vector cannot outlive what it gave exclusive access to.
    unsafe entries[used] = buffer.withUnsafeMutableBytes {
      unsafe IOVectorEntry(base: $0.baseAddress, count: $0.count)
    }
    used += 1
  }

  /// Lends the buffer at a position for writing; a position outside the vector stops the program.
  @inlinable
  public mutating func withBuffer<R>(_ position: Int, _ body: (inout MutableSpan<UInt8>) -> R) -> R {
    guard position >= 0, position < used else { stopForPosition(position, used) }
    // Safety: the entry was made from a span to which this vector has exclusive access.
    let entry = unsafe entries[position]
    var buffer = unsafe MutableSpan<UInt8>(
      _unsafeBytes: UnsafeMutableRawBufferPointer(start: entry.base, count: entry.count))
    return body(&buffer)
  }

  /// Lends the entries to a system call.
  @inlinable
  @unsafe
  package func withUnsafeEntries(_ body: (UnsafeRawPointer?, Int) -> IOResult) -> IOResult {
    // Safety: the entries are lent for the call only, and refer to spans that this vector cannot outlive.
    unsafe entries.span.withUnsafeBytes { unsafe body($0.baseAddress, used) }
  }
}

@usableFromInline
@inline(never)
func stopForFullVector(_ capacity: Int) -> Never {
  fatalError("The vector has its \(capacity) buffers already. Give it a larger capacity.")
}

@usableFromInline
@inline(never)
func stopForPosition(_ position: Int, _ count: Int) -> Never {
  fatalError("There is no buffer at position \(position) of \(count). Use a position below count.")
}

/// A buffer by its address and length: `struct iovec`.
@frozen
@usableFromInline
@unsafe
struct IOVectorEntry: BitwiseCopyable {
  @usableFromInline
  let base: UnsafeMutableRawPointer?
  @usableFromInline
  let count: Int

  @inlinable
  init(base: UnsafeMutableRawPointer?, count: Int) {
    // Safety: storing an address reads nothing through it.
    unsafe self.base = unsafe base
    unsafe self.count = count
  }
}
