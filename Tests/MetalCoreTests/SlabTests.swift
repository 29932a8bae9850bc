import Testing

@testable import MetalCore

/// Counts how many elements are alive.
final class Tally {
  var alive = 0
  var destroyed: [Int] = []
}

/// A noncopyable element that tells its tally when it comes and when it goes.
struct Item: ~Copyable {
  var number: Int
  private let tally: Tally

  init(_ number: Int, _ tally: Tally) {
    self.number = number
    self.tally = tally
    tally.alive += 1
  }

  deinit {
    tally.alive -= 1
    tally.destroyed.append(number)
  }
}

struct Refusal: Error, Equatable {}

extension Slab where Element: ~Copyable {
  /// Creates an empty slab whose generations begin at a chosen one, to test their end.
  init(minimumCapacity: Int, firstGeneration: UInt) {
    self.init(minimumCapacity: minimumCapacity)
    self.firstGeneration = firstGeneration * Self.generationStep
  }
}

// The macros of the testing library copy the value whose method is the whole condition, which a slab does not
// allow; as one side of an operator the call is evaluated first. Hence `contains(token) == true` in these suites.

@Suite("Slab")
struct SlabTests {
  private let tally = Tally()

  @Test("An element is found by its token until it is removed, and destroyed once")
  func findsUntilRemoved() throws {
    var slab = Slab<Item>()
    #expect(slab.isEmpty == true)
    let first = slab.insert(Item(1, tally))
    let second = slab.insert(Item(2, tally))
    #expect(slab.count == 2 && !slab.isEmpty && tally.alive == 2)
    #expect(slab.contains(first) && slab.contains(second))
    #expect(slab.withElement(first) { $0.number } == 1)
    #expect(
      slab.update(second) {
        $0.number += 40; return $0.number
      } == 42)
    #expect(slab.withElement(second) { $0.number } == 42)
    switch slab.remove(first) {
    case .some(let item): #expect(item.number == 1 && tally.alive == 2)
    case nil: Issue.record("the token found nothing")
    }
    #expect(tally.destroyed == [1] && slab.count == 1 && !slab.contains(first))
    slab.remove(second)
    #expect(tally.destroyed == [1, 42] && slab.isEmpty)
  }

  @Test("A stale token finds nothing, even when its slot is in use again")
  func ignoresStaleTokens() {
    var slab = Slab<Item>()
    let old = slab.insert(Item(1, tally))
    slab.remove(old)
    let new = slab.insert(Item(2, tally))
    #expect(old != new && old.rawValue & Slab<Item>.slotMask == new.rawValue & Slab<Item>.slotMask)
    #expect(slab.contains(old) == false)
    #expect(slab.update(old) { _ in Issue.record("ran for a stale token") } == nil)
    #expect(slab.withElement(old) { _ in Issue.record("ran for a stale token") } == nil)
    let removed = slab.remove(old) != nil
    #expect(!removed && slab.count == 1 && slab.contains(new))
  }

  @Test("Slots are reused last in, first out, and only then new ones are taken")
  func reusesSlotsLastInFirstOut() {
    var slab = Slab<Int>()
    let tokens = (0..<4).map { slab.insert($0) }
    slab.remove(tokens[1])
    slab.remove(tokens[3])
    func slot(_ token: Token) -> UInt { token.rawValue & Slab<Int>.slotMask }
    #expect(slot(slab.insert(9)) == slot(tokens[3]))
    #expect(slot(slab.insert(9)) == slot(tokens[1]))
    #expect(slot(slab.insert(9)) == 4)
  }

  @Test("A token is never below half a word, 2^32 on 64-bit systems, so small literals are the program's")
  func tokensAreLarge() {
    #expect(Slab<Int>.generationStep == 1 << UInt(UInt.bitWidth / 2))
    var slab = Slab<Int>()
    for number in 0..<100 {
      let token = slab.insert(number)
      #expect(token.rawValue >= Slab<Int>.generationStep)
      if number % 3 == 0 { slab.remove(token) }
    }
  }

  @Test("A token that the slab did not give out finds nothing and never traps")
  func ignoresForgedTokens() {
    var slab = Slab<Int>()
    var valid: Set<Token> = []
    func probe(_ slab: borrowing Slab<Int>, _ valid: Set<Token>) {
      var random = SplitMix64(seed: 5)
      let halves: [UInt] = [0, 1, 2, 3, 4, 5, 7, 8, 9, Slab<Int>.slotMask - 1, Slab<Int>.slotMask]
      for high in halves {
        for low in halves {
          let token = Token(high * Slab<Int>.generationStep | low)
          #expect(slab.contains(token) == valid.contains(token), "\(token)")
          if let next = slab.token(after: token) { #expect(valid.contains(next)) }
        }
      }
      for _ in 0..<1_000 {
        let token = Token(UInt(truncatingIfNeeded: random.next()))
        #expect(slab.contains(token) == valid.contains(token), "\(token)")
      }
    }
    probe(slab, valid)
    for number in 0..<8 { valid.insert(slab.insert(number)) }
    probe(slab, valid)
    for token in valid.sorted().prefix(5) {
      slab.remove(token)
      valid.remove(token)
      probe(slab, valid)
    }
    slab.removeAll(keepingCapacity: false)
    probe(slab, [])
  }

  @Test("The token announced is the token given, to a closure and by the property")
  func announcesTheToken() {
    var slab = Slab<Token>()
    for round in 0..<20 {
      let announced = slab.nextToken
      #expect(slab.contains(announced) == false)
      let given = slab.insert { token in token }
      #expect(given == announced)
      #expect(slab.withElement(given) { $0 } == given)
      if round % 3 == 1 { slab.remove(given) }
    }
  }

  @Test("When making an element throws, nothing has changed")
  func survivesThrowingInsertion() {
    var slab = Slab<Item>()
    func refuse(_ token: Token) throws(Refusal) -> Item { throw Refusal() }
    #expect(throws: Refusal()) { try slab.insert(with: refuse) }
    #expect(slab.isEmpty && slab.capacity == 0)
    let first = slab.insert(Item(1, tally))
    slab.insert(Item(2, tally))
    slab.remove(first)
    let announced = slab.nextToken
    let capacity = slab.capacity
    for _ in 0..<10 {
      #expect(throws: Refusal()) { try slab.insert(with: refuse) }
    }
    #expect(slab.count == 1 && slab.capacity == capacity && slab.nextToken == announced)
    #expect(slab.insert(Item(3, tally)) == announced)
  }

  @Test("What a closure throws is passed on, and the element stays as the closure left it")
  func passesErrorsOn() {
    var slab = Slab<Item>()
    let token = slab.insert(Item(1, tally))
    #expect(throws: Refusal()) {
      try slab.update(token) { (item: inout Item) throws(Refusal) in
        item.number = 5
        throw Refusal()
      }
    }
    #expect(throws: Refusal()) {
      try slab.withElement(token) { (item: borrowing Item) throws(Refusal) in throw Refusal() }
    }
    #expect(slab.withElement(token) { $0.number } == 5)
  }

  @Test("A closure may replace an element as a whole, and return a noncopyable result")
  func replacesElements() {
    var slab = Slab<Item>()
    let token = slab.insert(Item(1, tally))
    let old = slab.update(token) { item -> Item in
      let old = item
      item = Item(old.number + 1, tally)
      return old
    }
    switch old {
    case .some(let item): #expect(item.number == 1)
    case nil: Issue.record("the token found nothing")
    }
    #expect(slab.withElement(token) { $0.number } == 2)
  }
}
