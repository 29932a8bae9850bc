// How slots lie in memory, how tokens are divided, and how slots are taken and given back.

extension Slab where Element: ~Copyable {
  // MARK: - Layout

  /// Selects the low half of a word, the slot's number.
  @inlinable static var slotMask: UInt { Self.generationStep - 1 }

  /// The number that is no slot's; it also bounds how many slots there can be.
  @inlinable static var noSlot: UInt { slotMask }

  /// One generation, in the high half of a word.
  @inlinable static var generationStep: UInt { 1 << UInt(UInt.bitWidth / 2) }

  // Header and element lie side by side, so that a lookup and the use of what it found share a cache line.

  @inlinable static var slotAlignment: Int { max(MemoryLayout<UInt>.alignment, MemoryLayout<Element>.alignment) }

  @inlinable static var elementOffset: Int { max(MemoryLayout<UInt>.size, MemoryLayout<Element>.alignment) }

  @inlinable
  static var slotStride: Int {
    // The element's stride, not its size, because the standard library moves whole strides: of an element without a
    // size, one byte. Alignments are powers of two, so this rounds up.
    (elementOffset + MemoryLayout<Element>.stride + slotAlignment - 1) & ~(slotAlignment - 1)
  }

  /// The address of a slot, which must be below `slotCapacity`.
  @inlinable @unsafe
  func address(of slot: UInt) -> UnsafeMutableRawPointer {
    // Safety: there is a block whenever the capacity is not 0, and the capacity is above `slot`. The product cannot
    // overflow, since the size of the whole block, computed with checks, did not.
    unsafe storage.unsafelyUnwrapped + Int(bitPattern: slot) &* Self.slotStride
  }

  /// The header of a slot, which must be below `slotCount`.
  @inlinable @unsafe
  func header(of slot: UInt) -> UInt {
    // Safety: every slot below `slotCount` begins with an initialised word, aligned by `slotStride`.
    unsafe address(of: slot).load(as: UInt.self)
  }

  /// The place of a slot's element, which is initialised if the slot is occupied.
  @inlinable @unsafe
  func element(of slot: UInt) -> UnsafeMutablePointer<Element> {
    // Safety: nothing but an `Element` is ever stored at this offset, which its alignment divides.
    unsafe (address(of: slot) + Self.elementOffset).assumingMemoryBound(to: Element.self)
  }

  // MARK: - Lookup

  /// The occupied slot that a token names, or `nil` if it names none.
  ///
  /// A slot that is returned is below `slotCount` and its element is initialised.
  @inlinable
  func slot(of token: Token) -> UInt? {
    let slot = token.rawValue & Self.slotMask
    guard slot < slotCount else { return nil }
    // Safety: the slot is below `slotCount`.
    return unsafe header(of: slot) == token.rawValue ? slot : nil
  }

  /// The token of the element in a slot, which must be below `slotCount`; `nil` if the slot is free.
  @inlinable @unsafe
  func token(in slot: UInt) -> Token? {
    // Safety: the caller's duty.
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
      // Safety: not being a new slot, it is the first free one, which is below `slotCount`.
      firstFreeSlot = unsafe header(of: slot) & Self.slotMask
    }
    // Safety: the slot is below `slotCount`, which is not above `slotCapacity`, and holds no element.
    unsafe address(of: slot).storeBytes(of: token.rawValue, as: UInt.self)
    unsafe self.element(of: slot).initialize(to: element)
    // It is at most the number of slots, which cannot overflow.
    liveCount &+= 1
  }

  /// The generation, in the high half, of the token that follows this one in its slot.
  @inlinable
  static func generation(after token: Token) -> UInt {
    let next = (token.rawValue & ~slotMask) &+ generationStep
    // After the last generation comes the first: generation 0 would make a token look like a program's own.
    return next == 0 ? generationStep : next
  }

  /// Makes the slot of a token free; its element must be gone already.
  @inlinable
  mutating func release(_ token: Token) {
    let slot = token.rawValue & Self.slotMask
    let generation = Self.generation(after: token)
    // Safety: only slots that `slot(of:)` or `token(in:)` found occupied come here; they are below `slotCount`.
    unsafe address(of: slot).storeBytes(of: generation | firstFreeSlot, as: UInt.self)
    firstFreeSlot = slot
    // The element was one of them.
    liveCount &-= 1
  }

  // MARK: - Memory

  /// Doubles the memory; kept out of line, since it is rare.
  @inlinable @inline(never)
  mutating func grow() {
    // At the limit this asks for one slot too many, which `reallocate` refuses with the right words.
    let limit = Int(bitPattern: Self.noSlot)
    let doubled = capacity > limit / 2 ? limit : capacity * 2
    reallocate(to: max(doubled, capacity + 1, 4))
  }

  /// Moves all slots to a new block, larger than the old one.
  @inlinable @inline(never)
  mutating func reallocate(to newCapacity: Int) {
    guard newCapacity >= 0, UInt(newCapacity) <= Self.noSlot else { Self.stop(forCapacity: newCapacity) }
    // The size is computed with checks for overflow; `address(of:)` relies on that.
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: newCapacity * Self.slotStride, alignment: Self.slotAlignment)
    for slot in 0..<slotCount {
      // Safety: slots below `slotCount` have headers, occupied ones have elements, and the new block is larger and laid
      // out alike. Moved elements count as uninitialised in the old block.
      let target = unsafe block + Int(bitPattern: slot) &* Self.slotStride
      unsafe target.storeBytes(of: header(of: slot), as: UInt.self)
      if unsafe token(in: slot) != nil {
        unsafe (target + Self.elementOffset)
          .moveInitializeMemory(as: Element.self, from: element(of: slot), count: 1)
      }
    }
    // Safety: nothing in the old block is initialised any longer but headers, which are trivial.
    unsafe storage?.deallocate()
    unsafe storage = block
    slotCapacity = UInt(newCapacity)
  }

  /// Destroys all elements in slot order and leaves the headers as they were: for slots that are to be given up.
  @inlinable
  func destroyElements() {
    guard liveCount > 0 else { return }
    for slot in 0..<slotCount {
      // Safety: the slot is below `slotCount`, and an occupied one has an element.
      if unsafe token(in: slot) != nil { unsafe element(of: slot).deinitialize(count: 1) }
    }
  }

  @usableFromInline @inline(never)
  static func stop(forCapacity capacity: Int) -> Never {
    fatalError("A slab cannot have room for \(capacity) elements. Ask for 0 to \(noSlot).")
  }
}
