import Testing

@testable import MetalCore

@Suite("Slab: model")
struct SlabModelTests {
  @Test("A long random life agrees with a dictionary", arguments: [1 as UInt64, 2, 3, 4])
  func agreesWithDictionary(seed: UInt64) {
    let tally = Tally()
    var random = SplitMix64(seed: seed)
    var slab = Slab<Item>(minimumCapacity: 0, firstGeneration: Slab<Item>.slotMask - 20)
    var model: [Token: Int] = [:]
    var stale: [Token] = []
    for step in 0..<6_000 {
      // Phases in which insertions prevail alternate with phases in which removals do.
      let limit = (step / 500).isMultiple(of: 2) ? 65 : 35
      switch Int.random(in: 0..<100, using: &random) {
      case 0 where step % 7 == 0:
        stale += model.keys
        model = [:]
        slab.removeAll(keepingCapacity: Bool.random(using: &random))
      case 1:
        stale += model.filter { $0.value.isMultiple(of: 5) }.keys
        model = model.filter { !$0.value.isMultiple(of: 5) }
        slab.removeAll { _, item in item.number.isMultiple(of: 5) }
      case ..<limit:
        let token = slab.insert(Item(step, tally))
        #expect(model.updateValue(step, forKey: token) == nil, "seed \(seed), step \(step)")
      default:
        guard let token = model.keys.sorted().randomElement(using: &random) else { continue }
        let removed = number(of: slab.remove(token))
        #expect(removed == model.removeValue(forKey: token), "seed \(seed), step \(step)")
        stale.append(token)
      }
      #expect(slab.count == model.count && tally.alive == model.count, "seed \(seed), step \(step)")
      if let token = stale.randomElement(using: &random) {
        #expect(slab.contains(token) == false, "seed \(seed), step \(step)")
      }
      if step % 100 == 0 { expectSame(slab, model, "seed \(seed), step \(step)") }
    }
    expectSame(slab, model, "seed \(seed), at the end")
    #expect(stale.allSatisfy { !slab.contains($0) }, "seed \(seed)")
  }

  private func number(of item: consuming Item?) -> Int? {
    guard let item else { return nil }
    return item.number
  }

  private func expectSame(_ slab: borrowing Slab<Item>, _ model: [Token: Int], _ place: String) {
    var visited: [Token: Int] = [:]
    slab.forEach { token, item in visited[token] = item.number }
    #expect(visited == model, "\(place)")
    for (token, number) in model {
      #expect(slab.withElement(token) { $0.number } == number, "\(place)")
    }
  }
}
