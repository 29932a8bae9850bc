import Testing

@testable import MetalCore

@Suite("Slab: visiting")
struct SlabIterationTests {
  private let tally = Tally()

  /// A slab with elements 0, 2, 3 and 5: two slots in the middle of six are free.
  private func makeSlab() -> Slab<Item> {
    var slab = Slab<Item>()
    let tokens = (0..<6).map { slab.insert(Item($0, tally)) }
    slab.remove(tokens[1])
    slab.remove(tokens[4])
    return slab
  }

  private func numbers(_ slab: borrowing Slab<Item>) -> [Int] {
    var numbers: [Int] = []
    slab.forEach { _, item in numbers.append(item.number) }
    return numbers
  }

  @Test("Every element is visited once, in slot order, with its token")
  func visitsInSlotOrder() {
    let slab = makeSlab()
    var seen: [Token] = []
    slab.forEach { token, item in
      seen.append(token)
      #expect(slab.withElement(token) { $0.number } == item.number)
    }
    #expect(numbers(slab) == [0, 2, 3, 5] && seen.count == 4)
    Slab<Item>().forEach { _, _ in Issue.record("visited an element of an empty slab") }
  }

  @Test("Every element can be changed on the way")
  func updatesEach() {
    var slab = makeSlab()
    slab.updateEach { _, item in item.number *= 10 }
    #expect(numbers(slab) == [0, 20, 30, 50])
  }

  @Test("Elements can be removed by what they are; the rest stays, changed or not")
  func removesWhere() {
    var slab = makeSlab()
    tally.destroyed = []
    var removed: [Token] = []
    slab.removeAll { token, item in
      item.number += 1
      if item.number.isMultiple(of: 2) { removed.append(token) }
      return item.number.isMultiple(of: 2)
    }
    #expect(numbers(slab) == [1, 3] && slab.count == 2 && tally.destroyed == [4, 6])
    #expect(removed.allSatisfy { !slab.contains($0) })
    slab.removeAll { _, _ in true }
    #expect(slab.isEmpty && tally.alive == 0)
  }

  @Test("A throw ends the visit; what was removed before stays removed, the rest is kept")
  func endsAtThrow() {
    var slab = makeSlab()
    func refuse(_ token: Token, _ item: inout Item) throws(Refusal) -> Bool {
      if item.number == 3 { throw Refusal() }
      return true
    }
    #expect(throws: Refusal()) { try slab.removeAll(where: refuse) }
    #expect(numbers(slab) == [3, 5] && slab.count == 2)
    var visits = 0
    #expect(throws: Refusal()) {
      try slab.forEach { (_: Token, _: borrowing Item) throws(Refusal) in
        visits += 1
        throw Refusal()
      }
    }
    #expect(throws: Refusal()) {
      try slab.updateEach { (_: Token, _: inout Item) throws(Refusal) in
        visits += 1
        throw Refusal()
      }
    }
    #expect(visits == 2)
  }

  @Test("Stepping visits every element in slot order, and elements may be removed and consumed on the way")
  func stepsWhileRemoving() {
    var slab = makeSlab()
    var seen: [Int] = []
    var next = slab.firstToken
    while let token = next {
      next = slab.token(after: token)
      if let item = slab.remove(token) { seen.append(item.number) }
    }
    #expect(seen == [0, 2, 3, 5] && slab.isEmpty && slab.firstToken == nil)
    #expect(Slab<Item>().firstToken == nil)
  }

  @Test("Stepping goes on from a token that was removed")
  func stepsFromStaleTokens() throws {
    var slab = makeSlab()
    // Through constants, since the macros copy what they take apart.
    let firstToken = slab.firstToken
    let first = try #require(firstToken)
    let secondToken = slab.token(after: first)
    let second = try #require(secondToken)
    slab.remove(first)
    slab.remove(second)
    #expect(slab.token(after: first) == slab.firstToken)
    #expect(slab.token(after: second) == slab.firstToken)
    #expect(slab.token(after: Token(UInt.max)) == nil)
  }
}
