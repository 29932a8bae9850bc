internal import CMetalSystem

/// A row of trivial elements in memory.
///
/// The memory moves only when the column grows, so a system call may use it.
///
/// The owner of a column frees it, because Swift 6.3 may lose the `deinit` of a generic noncopyable struct
/// (swiftlang/swift#89686).
@safe
struct Column<Element: BitwiseCopyable> {
  private(set) var capacity: Int
  private(set) var elements: UnsafeMutablePointer<Element>

  /// Makes a column with `count` equal elements at the beginning.
  ///
  /// The owner writes each other element before reading it.
  ///
  /// The system provides no pages for memory that the owner never writes.
  init(repeating element: Element, count: Int, capacity: Int) {
    self.capacity = capacity
    // Safety: the alignment is sufficient for vectors.
    let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity * MemoryLayout<Element>.stride, alignment: 16)
    unsafe elements = memory.bindMemory(to: Element.self, capacity: capacity)
    unsafe elements.initialize(repeating: element, count: count)
  }

  subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < capacity)
      // Safety: the precondition has checked the index, and the elements are trivial. The same holds below.
      return unsafe elements[index]
    }
    _modify {
      precondition(index >= 0 && index < capacity)
      yield unsafe &elements[index]
    }
  }

  /// Moves the elements to larger memory and frees the old memory.
  ///
  /// The owner must have written all elements.
  mutating func grow(to capacity: Int) {
    // Safety: the new memory is at least as large as the old memory, and no code uses the old memory afterwards.
    let grown = unsafe Column(repeating: elements[0], count: 0, capacity: capacity)
    unsafe grown.elements.update(from: elements, count: self.capacity)
    free()
    self = grown
  }

  /// Frees the memory.
  ///
  /// No code may use the column afterwards.
  func free() {
    // Safety: the elements are trivial, and the owner calls this method once.
    unsafe elements.deallocate()
  }
}

extension Column<metal_poll_entry> {
  /// Returns the first position in a range at which poll(2) has set a flag, or the end of the range.
  func firstSeen(in range: Range<Int>) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= capacity)
    // Safety: the range lies within the entries.
    let entries = unsafe UnsafePointer(elements)
    var position = range.lowerBound
    // Usually few entries are ready, so the loop skips sixteen entries at a time, two in each vector.
    if position % 2 == 1, position < range.upperBound {
      if unsafe entries[position].revents != 0 { return position }
      position &+= 1
    }
    // In an entry, the last two bytes hold the flags that poll(2) has set.
    let seenMask = UInt64(littleEndian: 0xFFFF_0000_0000_0000)
    while position &+ 16 <= range.upperBound {
      // Safety: the column and all even positions in the column are aligned for vectors.
      let next = unsafe UnsafeRawPointer(entries + position)
      var any = SIMD2<UInt64>()
      for offset in stride(from: 0, to: 128, by: 16) {
        any |= unsafe next.load(fromByteOffset: offset, as: SIMD2<UInt64>.self)
      }
      if (any[0] | any[1]) & seenMask != 0 { break }
      position &+= 16
    }
    while position < range.upperBound, unsafe entries[position].revents == 0 { position &+= 1 }
    return position
  }
}
