import Testing

@testable import MetalCore

@Suite("Slab: memory and generations")
struct SlabMemoryTests {
  private let tally = Tally()

  @Test("An empty slab has no memory, and doubling keeps every token and element")
  func growsByDoubling() {
    var slab = Slab<Item>()
    #expect(slab.capacity == 0)
    var tokens: [Token] = []
    var capacities: [Int] = []
    for number in 0..<1_000 {
      tokens.append(slab.insert(Item(number, tally)))
      if capacities.last != slab.capacity { capacities.append(slab.capacity) }
    }
    #expect(capacities == [4, 8, 16, 32, 64, 128, 256, 512, 1_024])
    for (number, token) in tokens.enumerated() {
      #expect(slab.withElement(token) { $0.number } == number)
    }
    #expect(tally.alive == 1_000 && tally.destroyed.isEmpty)
  }

  @Test("Growth keeps free slots free and their tokens stale")
  func growsWithFreeSlots() {
    var slab = Slab<Item>(minimumCapacity: 8)
    let tokens = (0..<8).map { slab.insert(Item($0, tally)) }
    for index in [1, 4, 6] { slab.remove(tokens[index]) }
    slab.reserveCapacity(100)
    for (index, token) in tokens.enumerated() {
      #expect(slab.contains(token) == ![1, 4, 6].contains(index))
    }
    for number in 0..<95 { slab.insert(Item(number, tally)) }
    #expect(slab.count == 100 && slab.capacity == 100)
  }

  @Test("Below capacity the memory stays where it is")
  func staysBelowCapacity() {
    var slab = Slab<Int>(minimumCapacity: 100)
    #expect(slab.capacity == 100)
    // Safety: the address is compared, here and below, and never used.
    let block = unsafe slab.storage
    for round in 0..<10 {
      let tokens = (0..<100).map { slab.insert($0) }
      slab.reserveCapacity(100)
      slab.reserveCapacity(0)
      for token in tokens { slab.remove(token) }
      if round % 2 == 0 { slab.removeAll() }
    }
    let isSameBlock = unsafe slab.storage == block
    #expect(isSameBlock && slab.capacity == 100)
  }

  @Test("A slab destroys the elements left in it, once each, and no others")
  func destroysWhatIsLeft() {
    do {
      var slab = Slab<Item>()
      let tokens = (0..<10).map { slab.insert(Item($0, tally)) }
      for index in [0, 3, 9] { slab.remove(tokens[index]) }
    }
    #expect(tally.alive == 0)
    #expect(tally.destroyed == [0, 3, 9, 1, 2, 4, 5, 6, 7, 8])
  }

  @Test("Removing all destroys every element, and every old token stays stale", arguments: [true, false])
  func removesAll(keepingCapacity: Bool) {
    var slab = Slab<Item>()
    var old: Set<Token> = []
    for round in 0..<20 {
      var tokens: [Token] = []
      for number in 0...round { tokens.append(slab.insert(Item(number, tally))) }
      // Some slots are freed and taken again first, so that generations differ.
      for token in tokens.prefix(3) {
        slab.remove(token)
        tokens.append(slab.insert(Item(0, tally)))
      }
      #expect(old.isDisjoint(with: tokens))
      old.formUnion(tokens)
      let capacity = slab.capacity
      slab.removeAll(keepingCapacity: keepingCapacity)
      #expect(slab.isEmpty && tally.alive == 0)
      #expect(slab.capacity == (keepingCapacity ? capacity : 0))
      #expect(old.allSatisfy { !slab.contains($0) })
    }
  }

  @Test("After removing all with memory kept, slots are taken in their order again")
  func takesSlotsInOrder() {
    var slab = Slab<Int>()
    let tokens = (0..<6).map { slab.insert($0) }
    slab.remove(tokens[2])
    slab.removeAll()
    let slots = (0..<7).map { slab.insert($0).rawValue & Slab<Int>.slotMask }
    #expect(slots == [0, 1, 2, 3, 4, 5, 6])
  }

  @Test("After the last generation comes the first, never generation 0")
  func skipsGenerationZero() {
    let last = Slab<Item>.slotMask
    var slab = Slab<Item>(minimumCapacity: 2, firstGeneration: last)
    let old = slab.insert(Item(1, tally))
    #expect(old == Token(last * Slab<Item>.generationStep))
    slab.remove(old)
    let new = slab.insert(Item(2, tally))
    #expect(new == Token(Slab<Item>.generationStep))
    #expect(!slab.contains(old) && slab.contains(new) && !slab.contains(0))
    slab.removeAll()
    #expect(slab.contains(new) == false)
  }

  @Test("Memory is kept when only it can tell old tokens from new ones")
  func keepsMemoryNearTheEnd() {
    let half = (Slab<Int>.slotMask + 1) / 2
    var slab = Slab<Int>(minimumCapacity: 0, firstGeneration: half - 1)
    let old = slab.insert(1)
    slab.removeAll(keepingCapacity: false)
    #expect(slab.capacity == 0)
    let new = slab.insert(2)
    #expect(new.rawValue == half * Slab<Int>.generationStep)
    slab.removeAll(keepingCapacity: false)
    #expect(slab.capacity > 0 && slab.isEmpty && !slab.contains(old) && !slab.contains(new))
    #expect(slab.insert(3).rawValue == (half + 1) * Slab<Int>.generationStep)
  }

  @Test("Elements of any size and alignment are kept where they belong")
  func keepsAnyLayout() {
    struct Nothing: ~Copyable {}
    struct Odd { var bytes: (UInt8, UInt8, UInt8) = (1, 2, 3) }
    var nothings = Slab<Nothing>()
    var odds = Slab<Odd>()
    var wides = Slab<SIMD16<Float>>()
    for number in 0..<50 {
      let nothing = nothings.insert(Nothing())
      #expect(nothings.contains(nothing) == true)
      let odd = odds.insert(Odd())
      #expect(odds.withElement(odd) { $0.bytes.2 } == 3)
      let wide = wides.insert(SIMD16(repeating: Float(number)))
      #expect(wides.withElement(wide) { $0.sum() } == Float(16 * number))
    }
    // Even an element without a size gets a byte of its own: that much the standard library moves.
    #expect(Slab<Nothing>.slotStride > Slab<Nothing>.elementOffset)
    let alignment = MemoryLayout<SIMD16<Float>>.alignment
    #expect(Slab<SIMD16<Float>>.elementOffset == alignment)
    #expect(Slab<SIMD16<Float>>.slotStride == alignment + MemoryLayout<SIMD16<Float>>.size)
  }

  @Test("A slab of sendable elements is sendable")
  func isSendable() {
    func accept<T: Sendable & ~Copyable>(_ type: T.Type) -> Bool { true }
    #expect(accept(Slab<Int>.self))
  }
}
