/// Holds the buffers of one vectored call.
///
/// A program can use one storage for many calls, one after the other.
///
/// ```swift
/// var storage = IOVectorStorage<2>()
/// var vector = storage.makeVector()
/// vector.append(header.span)
/// vector.append(body.span)
/// let count = try stream.write(vector)
/// ```
///
/// The room for the buffers is in the value itself, 16 bytes for each buffer. Keep a large storage in one place, such
/// as in the server, and make a vector from it for each call.
///
/// - Complexity: `init` is O(capacity), and every other member is O(1); no allocation.
///
/// Source: POSIX.1-2024 `<sys/uio.h>`. The entries have the layout of `struct iovec`.
@frozen @safe
public struct IOVectorStorage<let capacity: Int>: ~Copyable, Sendable {
  @usableFromInline var entries: InlineArray<capacity, IOVectorEntry>

  /// Makes room for `capacity` buffers.
  ///
  /// - Precondition: `capacity` is at most 1,024 (`IOV_MAX`). A larger number stops the program.
  @inlinable
  public init() {
    guard capacity <= 1024 else { stopForVectorCapacity(capacity) }
    // Safety: an empty entry points to no memory.
    unsafe entries = InlineArray(repeating: IOVectorEntry(base: nil, count: 0))
  }

  /// Makes an empty vector to send or write from, which replaces the last vector.
  ///
  /// - Returns: The vector, which has exclusive access to the storage for as long as the vector lives.
  @inlinable @_lifetime(&self)
  public mutating func makeVector() -> IOVector {
    // Safety: a new vector has no buffers, so it reads none of the old entries.
    unsafe IOVector(entries.mutableSpan)
  }

  /// Makes an empty vector to read or receive into, which replaces the last vector.
  ///
  /// - Returns: The vector, which has exclusive access to the storage for as long as the vector lives.
  @inlinable @_lifetime(&self)
  public mutating func makeMutableVector() -> MutableIOVector {
    // Safety: a new vector has no buffers, so it reads none of the old entries.
    unsafe MutableIOVector(entries.mutableSpan)
  }
}

/// The buffers of one gathering write, in the order of sending.
///
/// A vector borrows its spans for as long as the vector lives. ``IOVectorStorage`` makes vectors.
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

  /// The most buffers that the vector can hold.
  @inlinable
  public var capacity: Int {
    // Safety: only the number of entries is read.
    unsafe entries.count
  }

  /// Adds a buffer after the others.
  ///
  /// - Parameter bytes: The buffer to send or write.
  /// - Precondition: ``count`` is below ``capacity``. A full vector stops the program.
  @inlinable @_lifetime(self: copy self, copy bytes)
  public mutating func append(_ bytes: Span<UInt8>) {
    guard used < capacity else { stopForFullVector(capacity) }
    // Safety: the vector cannot outlive the span, because it depends on the span's lifetime. The vector only reads
    // through the pointer.
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

  /// `false`, because a vector is a list of buffers.
  @inlinable public static var isContiguous: Bool { false }

  /// Lends the list of buffers and their number to a closure.
  @inlinable @unsafe
  public func withUnsafeRegions(_ body: (UnsafeRawPointer?, Int) -> IOResult) -> IOResult {
    // Safety: the entries are lent only for the call, and point to spans that this vector cannot outlive.
    unsafe entries.span.withUnsafeBytes { unsafe body($0.baseAddress, count) }
  }
}

/// The buffers of one scattering read, in the order of filling.
///
/// ```swift
/// var vector = storage.makeMutableVector()
/// vector.append(tail.mutableSpan)
/// vector.append(overflow.mutableSpan)
/// let count = try stream.read(into: vector)
/// ```
///
/// A vector has exclusive access to its buffers for as long as the vector lives, and a read consumes the vector.
/// ``IOVectorStorage`` makes vectors.
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

  /// The most buffers that the vector can hold.
  @inlinable
  public var capacity: Int {
    // Safety: only the number of entries is read.
    unsafe entries.count
  }

  /// Adds a buffer after the others.
  ///
  /// - Parameter buffer: The buffer to read or receive into.
  /// - Precondition: ``count`` is below ``capacity``. A full vector stops the program.
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

  /// `false`, because a vector is a list of buffers.
  @inlinable public static var isContiguous: Bool { false }

  /// Lends the list of buffers and their number to a closure.
  @inlinable @unsafe
  public mutating func withUnsafeRegions(_ body: (UnsafeMutableRawPointer?, Int) -> IOResult) -> IOResult {
    let count = count
    // Safety: the entries are lent only for the call, and point to spans that this vector cannot outlive.
    return unsafe entries.withUnsafeMutableBytes { unsafe body($0.baseAddress, count) }
  }
}

/// A buffer by its address and length, in the layout of `struct iovec`.
///
/// `@unchecked Sendable`: only a vector reads through the address.
@frozen @usableFromInline @unsafe
struct IOVectorEntry: BitwiseCopyable, @unchecked Sendable {
  @usableFromInline let base: UnsafeMutableRawPointer?
  @usableFromInline let count: Int

  @inlinable
  init(base: UnsafeMutableRawPointer?, count: Int) {
    // Safety: storing an address reads no memory through it.
    unsafe self.base = unsafe base
    unsafe self.count = count
  }
}

@usableFromInline @inline(never)
func stopForFullVector(_ capacity: Int) -> Never {
  fatalError("The vector is full with \(capacity) buffers. Use an IOVectorStorage with a larger capacity.")
}

@usableFromInline @inline(never)
func stopForVectorCapacity(_ capacity: Int) -> Never {
  fatalError("An IOVectorStorage cannot have room for \(capacity) buffers. Ask for at most 1024.")
}
