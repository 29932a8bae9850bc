/// Room for the buffers of one vectored call, to be used again for the next.
///
/// ```swift
/// var storage = IOVectorStorage<2>()
/// var vector = storage.makeVector()
/// vector.append(header.span)
/// vector.append(body.span)
/// let count = try stream.write(vector)
/// ```
///
/// The room is within the value itself, 16 bytes for each buffer. Keep a large storage where it stays, such as in the
/// server, and make a vector of it for each call.
///
/// - Complexity: `init` is O(capacity), everything else O(1); no allocation.
///
/// Source: `struct iovec` in POSIX.1-2024 `<sys/uio.h>`, whose layout the entries have.
@frozen @safe
public struct IOVectorStorage<let capacity: Int>: ~Copyable, Sendable {
  @usableFromInline var entries: InlineArray<capacity, IOVectorEntry>

  /// Makes room for a number of buffers, at most 1,024 (`IOV_MAX`); a larger number stops the program.
  @inlinable
  public init() {
    guard capacity <= 1024 else { stopForVectorCapacity(capacity) }
    // Safety: an empty entry refers to nothing.
    unsafe entries = InlineArray(repeating: IOVectorEntry(base: nil, count: 0))
  }

  /// Makes an empty vector to send or write from, in place of the last one.
  @inlinable @_lifetime(&self)
  public mutating func makeVector() -> IOVector {
    // Safety: a new vector has no buffers, so it reads none of the old entries.
    unsafe IOVector(entries.mutableSpan)
  }

  /// Makes an empty vector to read or receive into, in place of the last one.
  @inlinable @_lifetime(&self)
  public mutating func makeMutableVector() -> MutableIOVector {
    // Safety: a new vector has no buffers, so it reads none of the old entries.
    unsafe MutableIOVector(entries.mutableSpan)
  }
}

/// The buffers of one gathering write, in the order in which they are sent.
///
/// It borrows the spans for as long as it lives. ``IOVectorStorage`` makes it.
///
/// Source: writev(2).
@frozen @safe
public struct IOVector: ~Copyable, ~Escapable {
  @usableFromInline var entries: MutableSpan<IOVectorEntry>
  @usableFromInline var used = 0

  @inlinable @_lifetime(copy entries)
  init(_ entries: consuming MutableSpan<IOVectorEntry>) {
    // Safety: storing the span reads no entry.
    unsafe self.entries = entries
  }

  /// The number of buffers.
  @inlinable public var count: Int { used }

  /// The most buffers.
  @inlinable
  public var capacity: Int {
    // Safety: only the number of entries is read.
    unsafe entries.count
  }

  /// Adds a buffer after the others; a full vector stops the program.
  @inlinable @_lifetime(self: copy self, copy bytes)
  public mutating func append(_ bytes: Span<UInt8>) {
    guard used < capacity else { stopForFullVector(capacity) }
    // Safety: the vector cannot outlive the span, by its lifetime dependence, and only reads through the pointer.
    let entry = unsafe bytes.withUnsafeBytes {
      unsafe IOVectorEntry(base: UnsafeMutableRawPointer(mutating: $0.baseAddress), count: $0.count)
    }
    unsafe entries[used] = entry
    used &+= 1
  }
}

extension IOVector: IOBytes {
  /// The number of bytes in all buffers together.
  ///
  /// - Complexity: O(buffers).
  @inlinable
  public var byteCount: Int {
    var sum = 0
    // Safety: only the length is read.
    for index in 0..<count { sum += unsafe entries[index].count }
    return sum
  }

  /// `false`: a vector is a list of buffers.
  @inlinable public static var isContiguous: Bool { false }

  /// Lends the list of buffers and their number.
  @inlinable @unsafe
  public func withUnsafeRegions(_ body: (UnsafeRawPointer?, Int) -> IOResult) -> IOResult {
    // Safety: the entries are lent for the call only, and refer to spans that this vector cannot outlive.
    unsafe entries.span.withUnsafeBytes { unsafe body($0.baseAddress, count) }
  }
}

/// The buffers of one scattering read, in the order in which they are filled.
///
/// ```swift
/// var vector = storage.makeMutableVector()
/// vector.append(tail.mutableSpan)
/// vector.append(overflow.mutableSpan)
/// let count = try stream.read(into: vector)
/// ```
///
/// It has exclusive access to the buffers for as long as it lives; a read consumes it. ``IOVectorStorage`` makes it.
///
/// Source: readv(2).
@frozen @safe
public struct MutableIOVector: ~Copyable, ~Escapable {
  @usableFromInline var entries: MutableSpan<IOVectorEntry>
  @usableFromInline var used = 0

  @inlinable @_lifetime(copy entries)
  init(_ entries: consuming MutableSpan<IOVectorEntry>) {
    // Safety: storing the span reads no entry.
    unsafe self.entries = entries
  }

  /// The number of buffers.
  @inlinable public var count: Int { used }

  /// The most buffers.
  @inlinable
  public var capacity: Int {
    // Safety: only the number of entries is read.
    unsafe entries.count
  }

  /// Adds a buffer after the others; a full vector stops the program.
  @inlinable @_lifetime(self: copy self, copy buffer)
  public mutating func append(_ buffer: consuming MutableSpan<UInt8>) {
    guard used < capacity else { stopForFullVector(capacity) }
    // Safety: the span was consumed, and the vector cannot outlive the memory that the span gave access to.
    let entry = unsafe buffer.withUnsafeMutableBytes { unsafe IOVectorEntry(base: $0.baseAddress, count: $0.count) }
    unsafe entries[used] = entry
    used &+= 1
  }
}

extension MutableIOVector: MutableIOBytes {
  /// The number of bytes that all buffers together have room for.
  ///
  /// - Complexity: O(buffers).
  @inlinable
  public var byteCount: Int {
    var sum = 0
    // Safety: only the length is read.
    for index in 0..<count { sum += unsafe entries[index].count }
    return sum
  }

  /// `false`: a vector is a list of buffers.
  @inlinable public static var isContiguous: Bool { false }

  /// Lends the list of buffers and their number.
  @inlinable @unsafe
  public mutating func withUnsafeRegions(_ body: (UnsafeMutableRawPointer?, Int) -> IOResult) -> IOResult {
    let count = count
    // Safety: the entries are lent for the call only, and refer to spans that this vector cannot outlive.
    return unsafe entries.withUnsafeMutableBytes { unsafe body($0.baseAddress, count) }
  }
}

/// A buffer by its address and length: `struct iovec`.
///
/// `@unchecked Sendable`: outside a vector nothing is read through the address.
@frozen @usableFromInline @unsafe
struct IOVectorEntry: BitwiseCopyable, @unchecked Sendable {
  @usableFromInline let base: UnsafeMutableRawPointer?
  @usableFromInline let count: Int

  @inlinable
  init(base: UnsafeMutableRawPointer?, count: Int) {
    // Safety: storing an address reads nothing through it.
    unsafe self.base = unsafe base
    unsafe self.count = count
  }
}

@usableFromInline @inline(never)
func stopForFullVector(_ capacity: Int) -> Never {
  fatalError("The vector has its \(capacity) buffers already. Make it of an IOVectorStorage with a larger capacity.")
}

@usableFromInline @inline(never)
func stopForVectorCapacity(_ capacity: Int) -> Never {
  fatalError("An IOVectorStorage cannot have room for \(capacity) buffers. A call takes at most 1024.")
}
