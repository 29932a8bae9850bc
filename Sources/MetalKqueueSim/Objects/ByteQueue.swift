/// Bytes in order: appended at the end, taken from the beginning.
///
/// A ring that grows by doubling and is kept. This is the one file of the module with pointers, since Swift 6.3 has no
/// copying between spans.
struct ByteQueue {
  private var storage: [UInt8] = []
  private var head = 0
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  /// Appends bytes.
  mutating func append(_ bytes: Span<UInt8>) {
    guard bytes.count > 0 else { return }
    reserve(count + bytes.count)
    let capacity = storage.count
    let tail = (head + count) & (capacity - 1)
    let first = min(bytes.count, capacity - tail)
    // Safety: both parts lie within the storage, which has room for them, and within the span.
    unsafe storage.withUnsafeMutableBytes { target in
      unsafe bytes.withUnsafeBytes { source in
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[tail..<(tail + first)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<first]))
        unsafe UnsafeMutableRawBufferPointer(rebasing: target[..<(bytes.count - first)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[first...]))
      }
    }
    count += bytes.count
  }

  /// Copies bytes from a position on, as many as there are, before `end` if that is given, or there is room for; returns
  /// how many.
  func copy(into buffer: inout MutableSpan<UInt8>, at offset: Int, end: Int? = nil) -> Int {
    let size = min(buffer.count, min(end ?? count, count) - offset)
    guard size > 0 else { return 0 }
    let capacity = storage.count
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
    head = count == 0 ? 0 : (head + size) & (storage.count - 1)
  }

  mutating func removeAll() {
    count = 0
    head = 0
  }

  /// Takes bytes out from the beginning, as an array.
  mutating func take(_ size: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: size)
    var span = bytes.mutableSpan
    _ = copy(into: &span, at: 0)
    removeFirst(size)
    return bytes
  }

  /// Moves bytes from the beginning of another queue to the end of this one.
  mutating func move(_ size: Int, from other: inout ByteQueue) {
    guard size > 0 else { return }
    if isEmpty, size == other.count {
      swap(&self, &other)
      other.removeAll()
      return
    }
    let start = other.head
    let first = min(size, other.storage.count - start)
    append(other.storage.span.extracting(start..<(start + first)))
    append(other.storage.span.extracting(0..<(size - first)))
    other.removeFirst(size)
  }

  /// Makes room, a power of two, so that positions wrap around by a mask.
  private mutating func reserve(_ needed: Int) {
    guard needed > storage.count else { return }
    var capacity = max(storage.count, 256)
    while capacity < needed { capacity *= 2 }
    var larger = [UInt8](repeating: 0, count: capacity)
    var span = larger.mutableSpan
    _ = copy(into: &span, at: 0)
    storage = larger
    head = 0
  }
}

extension OutputSpan<UInt8> {
  /// Appends as many bytes as are asked for, which there must be room for, and lets `fill` set them.
  mutating func append(count: Int, _ fill: (inout MutableSpan<UInt8>) -> Void) {
    unsafe withUnsafeMutableBufferPointer { buffer, initialized in
      let fresh = unsafe UnsafeMutableBufferPointer(rebasing: buffer[initialized..<(initialized + count)])
      unsafe fresh.initialize(repeating: 0)
      // Safety: the span ends with the closure, over bytes that are initialized and lent exclusively.
      var span = unsafe MutableSpan(_unsafeElements: fresh)
      fill(&span)
      initialized += count
    }
  }
}

extension Digest {
  /// Includes bytes, eight at a time, little-endian, and their number.
  mutating func combine(_ bytes: Span<UInt8>) {
    var index = 0
    while index + 8 <= bytes.count {
      // Safety: the eight bytes lie within the span.
      combine(
        UInt64(littleEndian: unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)))
      index += 8
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
