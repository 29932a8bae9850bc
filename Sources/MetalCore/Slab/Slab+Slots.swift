// The layout of slots in memory, the parts of a token, and the methods that take and free slots.

extension Slab where Element: ~Copyable {
  // MARK: - Layout

  /// Selects the low half of a word, which is the number of the slot.
  @inlinable static var slotMask: UInt { Self.generationStep - 1 }

  /// The number that belongs to no slot.
  ///
  /// The slab has at most this number of slots.
  @inlinable static var noSlot: UInt { slotMask }

  /// One generation, in the high half of a word.
  @inlinable static var generationStep: UInt { 1 << UInt(UInt.bitWidth / 2) }

  // The header and the element lie side by side, so that a lookup and the use of the element share a cache line.

  @inlinable static var slotAlignment: Int { max(MemoryLayout<UInt>.alignment, MemoryLayout<Element>.alignment) }

  @inlinable static var elementOffset: Int { max(MemoryLayout<UInt>.size, MemoryLayout<Element>.alignment) }

  @inlinable
  static var slotStride: Int {
    // The element's stride instead of its size, because the standard library moves whole strides. The stride of an
    // element without a size is one byte. Alignments are powers of two, so this expression rounds up.
    (elementOffset + MemoryLayout<Element>.stride + slotAlignment - 1) & ~(slotAlignment - 1)
  }

  /// Returns the address of a slot, which must be below `slotCapacity`.
  @inlinable @unsafe
  func address(of slot: UInt) -> UnsafeMutableRawPointer {
    // Safety: a capacity above 0 has a block, and the capacity is above `slot`. The product cannot overflow, because
    // the size of the whole block was computed with overflow checks.
    unsafe storage.unsafelyUnwrapped + Int(bitPattern: slot) &* Self.slotStride
  }

  /// Returns the header of a slot, which must be below `slotCount`.
  @inlinable @unsafe
  func header(of slot: UInt) -> UInt {
    // Safety: every slot below `slotCount` begins with an initialised word, aligned by `slotStride`.
    unsafe address(of: slot).load(as: UInt.self)
  }

  /// Returns the place of a slot's element, which is initialised if the slot is occupied.
  @inlinable @unsafe
  func element(of slot: UInt) -> UnsafeMutablePointer<Element> {
    // Safety: only an `Element` is ever stored at this offset, and the offset is a multiple of its alignment.
    unsafe (address(of: slot) + Self.elementOffset).assumingMemoryBound(to: Element.self)
  }

  // MARK: - Lookup

  /// Returns the occupied slot that a token names, or `nil` if the token names no occupied slot.
  ///
  /// The returned slot is below `slotCount`, and its element is initialised.
  @inlinable
  func slot(of token: Token) -> UInt? {
    let slot = token.rawValue & Self.slotMask
    guard slot < slotCount else { return nil }
    // Safety: the slot is below `slotCount`.
    return unsafe header(of: slot) == token.rawValue ? slot : nil
  }

  /// Returns the token of the element in a slot below `slotCount`, or `nil` if the slot is free.
  @inlinable @unsafe
  func token(in slot: UInt) -> Token? {
    // Safety: the caller passes a slot below `slotCount`.
    let header = unsafe header(of: slot)
    return header & Self.slotMask == slot ? Token(header) : nil
  }

  // MARK: - Taking and giving back

  /// Stores an element under `nextToken`.
  @inlinable
  mutating func fill(_ token: Token, with element: consuming Element) {
    let slot = token.rawValue & Self.slotMask
    if slot == slotCount {
      if slotCount == slotCapacity { grow() }
      slotCount += 1
    } else {
      // Safety: this slot is not new, so it is the first free slot, which is below `slotCount`.
      firstFreeSlot = unsafe header(of: slot) & Self.slotMask
    }
    // Safety: the slot holds no element, and is below `slotCount`, which is at most `slotCapacity`.
    unsafe address(of: slot).storeBytes(of: token.rawValue, as: UInt.self)
    unsafe self.element(of: slot).initialize(to: element)
    // The count is at most the number of slots, so it cannot overflow.
    liveCount &+= 1
  }

  /// Returns the generation, in the high half, of the next token in the same slot.
  @inlinable
  static func generation(after token: Token) -> UInt {
    let next = (token.rawValue & ~slotMask) &+ generationStep
    // The first generation follows the last generation. With generation 0 a token would look like a program's own
    // token.
    return next == 0 ? generationStep : next
  }

  /// Makes the slot of a token free.
  ///
  /// The element must be gone already.
  @inlinable
  mutating func release(_ token: Token) {
    let slot = token.rawValue & Self.slotMask
    let generation = Self.generation(after: token)
    // Safety: `slot(of:)` or `token(in:)` found this slot occupied, so the slot is below `slotCount`.
    unsafe address(of: slot).storeBytes(of: generation | firstFreeSlot, as: UInt.self)
    firstFreeSlot = slot
    // The removed element was counted, so the count cannot overflow.
    liveCount &-= 1
  }

  // MARK: - Memory

  /// Doubles the memory.
  ///
  /// The method is out of line, because growth is rare.
  @inlinable @inline(never)
  mutating func grow() {
    // At the limit the capacity is one slot too many, and `reallocate` stops the program with its message.
    let limit = Int(bitPattern: Self.noSlot)
    let doubled = capacity > limit / 2 ? limit : capacity * 2
    reallocate(to: max(doubled, capacity + 1, 4))
  }

  /// Moves all slots to a new and larger block.
  @inlinable @inline(never)
  mutating func reallocate(to newCapacity: Int) {
    guard newCapacity >= 0, UInt(newCapacity) <= Self.noSlot else { Self.stop(forCapacity: newCapacity) }
    // The method computes the size with overflow checks, because `address(of:)` relies on the checks.
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: newCapacity * Self.slotStride, alignment: Self.slotAlignment)
    for slot in 0..<slotCount {
      // Safety: slots below `slotCount` have headers, and occupied slots have elements. The new block is larger and has
      // the same layout. Moved elements count as uninitialised in the old block.
      let target = unsafe block + Int(bitPattern: slot) &* Self.slotStride
      unsafe target.storeBytes(of: header(of: slot), as: UInt.self)
      if unsafe token(in: slot) != nil {
        unsafe (target + Self.elementOffset)
          .moveInitializeMemory(as: Element.self, from: element(of: slot), count: 1)
      }
    }
    // Safety: in the old block only the headers are still initialised, and they are trivial.
    unsafe storage?.deallocate()
    unsafe storage = block
    slotCapacity = UInt(newCapacity)
  }

  /// Destroys all elements in slot order, and leaves the headers unchanged.
  ///
  /// The caller gives up the slots, or makes new headers.
  @inlinable
  func destroyElements() {
    guard liveCount > 0 else { return }
    for slot in 0..<slotCount {
      // Safety: the slot is below `slotCount`, and an occupied slot has an element.
      if unsafe token(in: slot) != nil { unsafe element(of: slot).deinitialize(count: 1) }
    }
  }

  @usableFromInline @inline(never)
  static func stop(forCapacity capacity: Int) -> Never {
    fatalError("A slab cannot have room for \(capacity) elements. Ask for 0 to \(noSlot).")
  }
}
