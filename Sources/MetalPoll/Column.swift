internal import CMetalSystem

/// A row of trivial elements in memory that stays where it is until it is grown, so that a system call may use it.
///
/// Its owner frees it: Swift 6.3 may lose the `deinit` of a generic noncopyable struct (swiftlang/swift#89686).
@safe
struct Column<Element: BitwiseCopyable> {
  private(set) var capacity: Int
  private(set) var elements: UnsafeMutablePointer<Element>

  /// Makes a column whose first elements are alike; the owner reads no other before it has written it.
  ///
  /// Memory that was never written takes no pages.
  init(repeating element: Element, count: Int, capacity: Int) {
    self.capacity = capacity
    // Safety: the alignment is good for vectors.
    let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity * MemoryLayout<Element>.stride, alignment: 16)
    unsafe elements = memory.bindMemory(to: Element.self, capacity: capacity)
    unsafe elements.initialize(repeating: element, count: count)
  }

  subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < capacity)
      // Safety: the index was checked, and the elements are trivial; likewise below.
      return unsafe elements[index]
    }
    _modify {
      precondition(index >= 0 && index < capacity)
      yield unsafe &elements[index]
    }
  }

  /// Moves the elements, which have all been written, to a larger memory; the old memory is freed.
  mutating func grow(to capacity: Int) {
    // Safety: the new memory is at least as large as the old one, which is not used after this.
    let grown = unsafe Column(repeating: elements[0], count: 0, capacity: capacity)
    unsafe grown.elements.update(from: elements, count: self.capacity)
    free()
    self = grown
  }

  /// Frees the memory, after which the column must not be used.
  func free() {
    // Safety: the elements are trivial, and the owner calls this once.
    unsafe elements.deallocate()
  }
}

extension Column<metal_poll_entry> {
  /// Returns the first position in a range at which poll(2) has seen something, or the range's end.
  func firstSeen(in range: Range<Int>) -> Int {
    precondition(range.lowerBound >= 0 && range.upperBound <= capacity)
    // Safety: the range lies within the entries.
    let entries = unsafe UnsafePointer(elements)
    var position = range.lowerBound
    // Few are ready as a rule, so sixteen are passed over at a time, two in each vector.
    if position % 2 == 1, position < range.upperBound {
      if unsafe entries[position].revents != 0 { return position }
      position &+= 1
    }
    // Where the flags that poll(2) has seen lie in an entry: in its last two bytes.
    let seenMask = UInt64(littleEndian: 0xFFFF_0000_0000_0000)
    while position &+ 16 <= range.upperBound {
      // Safety: the column is aligned for vectors, and so is every even position in it.
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
