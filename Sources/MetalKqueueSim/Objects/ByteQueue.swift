/// A first-in, first-out queue of bytes.
///
/// The storage is a ring that grows by doubling and never shrinks. Only this file of the module uses pointers, because
/// Swift 6.3 cannot copy between spans.
struct ByteQueue {
  /// The initialized part of the ring, which grows up to `capacity` with the appended bytes.
  private var storage: [UInt8] = []
  /// The size of the ring: 0, or a power of two, so that a mask wraps positions around.
  private var capacity = 0
  private var head = 0
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  /// Appends bytes.
  mutating func append(_ bytes: Span<UInt8>) {
    guard bytes.count > 0 else { return }
    reserve(count + bytes.count)
    let tail = (head + count) & (capacity - 1)
    let first = min(bytes.count, capacity - tail)
    let known = min(first, storage.count - tail)
    unsafe bytes.withUnsafeBytes { source in
      // Safety: the parts lie within the span, and within the initialized part of the storage.
      unsafe storage.withUnsafeMutableBytes { target in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[tail..<(tail + known)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<known]))
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[..<(bytes.count - first)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[first...]))
      }
      // Safety: the part lies within the span.
      if known < first { unsafe storage.append(contentsOf: source[known..<first]) }
    }
    count += bytes.count
  }

  /// Copies the bytes from `offset` to `end` that fit into a buffer, and returns their number.
  func copy(into buffer: inout MutableSpan<UInt8>, at offset: Int, end: Int? = nil) -> Int {
    let size = min(buffer.count, min(end ?? count, count) - offset)
    guard size > 0 else { return 0 }
    let start = (head + offset) & (capacity - 1)
    let first = min(size, capacity - start)
    // Safety: both parts lie within the storage, and within the span, whose elements are initialized.
    unsafe storage.withUnsafeBytes { source in
      unsafe buffer.withUnsafeMutableBytes { target in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[..<first])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[start..<(start + first)]))
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[first..<size])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<(size - first)]))
      }
    }
    return size
  }

  /// Drops bytes from the beginning.
  mutating func removeFirst(_ size: Int) {
    count -= size
    head = count == 0 ? 0 : (head + size) & (capacity - 1)
  }

  mutating func removeAll() {
    count = 0
    head = 0
  }

  /// Moves bytes from the beginning of another queue to the end of this queue.
  mutating func move(_ size: Int, from other: inout ByteQueue) {
    guard size > 0 else { return }
    if isEmpty, size == other.count {
      swap(&self, &other)
      other.removeAll()
      return
    }
    append(size, of: other)
    other.removeFirst(size)
  }

  /// Appends bytes from the beginning of another queue.
  private mutating func append(_ size: Int, of other: ByteQueue) {
    let first = min(size, other.capacity - other.head)
    append(other.storage.span.extracting(other.head..<(other.head + first)))
    append(other.storage.span.extracting(0..<(size - first)))
  }

  /// Makes the ring large enough for a number of bytes.
  private mutating func reserve(_ needed: Int) {
    guard needed > capacity else { return }
    let old = self
    capacity = max(capacity, 256)
    while capacity < needed { capacity *= 2 }
    (storage, head, count) = ([], 0, 0)
    storage.reserveCapacity(capacity)
    append(old.count, of: old)
  }
}

extension Digest {
  /// Includes bytes, eight at a time in little-endian order, and the number of bytes.
  mutating func combine(_ bytes: Span<UInt8>) {
    // Safety: every byte of the span is initialized.
    let raw = unsafe bytes.bytes
    let whole = bytes.count & ~7
    var index = 0
    while index < whole {
      // Safety: eight bytes from the index on lie within the span.
      let word = unsafe raw.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
      combine(UInt64(littleEndian: word))
      index &+= 8
    }
    var rest: UInt64 = 0
    while index < bytes.count {
      rest = rest << 8 | UInt64(bytes[index])
      index += 1
    }
    combine(rest)
    combine(bytes.count)
  }
}
