import MetalCore
import Testing

/// Every interest set there is, by the names of its members.
private let allInterests: [(names: [String], interests: Interests)] = [
  (["readable"], .readable), (["writable"], .writable), (["priority"], .priority),
  (["readable", "writable"], [.readable, .writable]), (["readable", "priority"], [.readable, .priority]),
  (["writable", "priority"], [.writable, .priority]),
  (["readable", "writable", "priority"], [.readable, .writable, .priority]),
]

@Suite("INT: interest sets", .backend)
struct InterestsTests {
  @Test("INT-01 A set of one member has that member alone")
  func singleMembers() {
    #expect(members(.readable) == ["readable"])
    #expect(members(.writable) == ["writable"])
    #expect(members(.priority) == ["priority"])
  }

  @Test("INT-02 Operator, function and literal make the same union, which holds both members")
  func unions() {
    let unions: [Interests] = [
      .readable | .writable, .writable | .readable, Interests.readable.union(.writable),
      Interests.writable.union(.readable), [.readable, .writable], [.writable, .readable],
      [.readable, .writable, .readable],
    ]
    for union in unions {
      #expect(union == unions[0])
      #expect(members(union) == ["readable", "writable"])
      #expect(union.contains(.readable) && union.contains(.writable) && !union.contains(.priority))
    }
  }

  @Test("INT-02 Adding a member that is present already changes nothing")
  func repeatedMembers() {
    let both: Interests = [.readable, .writable]
    #expect(both | .readable == both)
    #expect(both.union(.writable) == both)
    #expect([both, .readable] as Interests == both)
    #expect(both.union(both) == both)
    #expect(Interests.readable | .readable == .readable)
  }

  @Test("INT-03 A set that holds readable and is or-assigned writable holds exactly both")
  func unionsInPlace() {
    var assigned = Interests.readable
    assigned |= .writable
    #expect(members(assigned) == ["readable", "writable"])
    var formed = Interests.readable
    formed.formUnion(.writable)
    #expect(formed == assigned)
  }

  @Test("INT-04 Removing writable from both leaves readable; the operands keep their value")
  func removals() {
    let both: Interests = [.readable, .writable]
    let removed = Interests.writable
    let rest: Interests? = both.subtracting(removed)
    #expect(rest == .readable)
    #expect(members(both) == ["readable", "writable"])
    #expect(members(removed) == ["writable"])
    #expect(both.subtracting(.priority) == both)
    #expect(both.subtracting(both) == nil)
  }

  // That is all there is: the only public initializer takes an array literal, whose empty form traps (an exit test in
  // SystemConformance). `Interests()`, `Interests(bits: 0)` and `Interests(rawValue: 0)` do not compile.
  @Test("INT-05 No operation on interest sets has an empty result")
  func staysInhabited() {
    for (_, left) in allInterests {
      for (_, right) in allInterests {
        var formed = left
        formed.formUnion(right)
        var assigned = left
        assigned |= right
        for result in [left.union(right), left | right, formed, assigned, [left, right]] {
          #expect(!members(result).isEmpty)
          #expect(result.contains(left) && result.contains(right))
        }
        if let rest = left.subtracting(right) {
          #expect(!members(rest).isEmpty)
          #expect(Set(members(rest)) == Set(members(left)).subtracting(members(right)))
        } else {
          #expect(right.contains(left))
        }
      }
    }
  }

  #if !hasFeature(Embedded)
  @Test("INT-05 An interest set has none of the conformances that would bring an empty value")
  func lacksEmptyingConformances() {
    let type: Any.Type = Interests.self
    #expect(!(type is any SetAlgebra.Type))
    #expect(!(type is any RawRepresentable.Type))
    #expect(!(type is any ExpressibleByIntegerLiteral.Type))
    #expect(!(type is any Decodable.Type))
    #expect(!(type is any RangeReplaceableCollection.Type))
    // The question is answered truly: the conformance that exists is found.
    #expect(type is any ExpressibleByArrayLiteral.Type)
  }
  #endif

  @Test("INT-06 The text names every member once, in the order readable, writable, priority")
  func describesItself() {
    for (names, interests) in allInterests {
      #expect(interests.description == names.joined(separator: "|"))
    }
    #expect("\(Interests.priority | .writable | .readable)" == "readable|writable|priority")
  }

  @Test("INT-07 Equality and hash follow from the members, however the set was made")
  func comparesByMembers() {
    let made: [Interests] = [
      [.readable, .writable, .priority], .priority | .writable | .readable,
      Interests.writable.union([.priority, .readable]), [[.readable, .priority], .writable, .readable],
    ]
    for other in made {
      #expect(other == made[0] && other.hashValue == made[0].hashValue)
    }
    let rest = made[0].subtracting(.priority)
    #expect(rest == [.writable, .readable])
    #expect(rest?.hashValue == ([.readable, .writable] as Interests).hashValue)
  }

  @Test("INT-07 Sets of different members are different")
  func differsByMembers() {
    #expect(Set(allInterests.map(\.interests)).count == allInterests.count)
  }

  /// The names of a set's members, by asking for each.
  private func members(_ interests: Interests) -> [String] {
    var names: [String] = []
    if interests.isReadable { names.append("readable") }
    if interests.isWritable { names.append("writable") }
    if interests.isPriority { names.append("priority") }
    return names
  }
}

@Suite("INT: priority interest", .backend)
struct PriorityInterestTests {
  @Test(
    "INT-08 A backend that cannot deliver priority refuses to register it, and nothing is registered",
    arguments: [.priority, [.readable, .priority], [.readable, .writable, .priority]] as [Interests])
  func registers(_ interests: Interests) throws(IOError) {
    let loop = try Loop()
    var ends = try Connected()
    guard Backend.hasPriority else {
      expectError(.unsupported) { () throws(IOError) in
        try loop.registry.register(&ends.server, token: 1, interests: interests)
      }
      expectError(.notFound) { () throws(IOError) in try loop.registry.deregister(&ends.server) }
      return
    }
    try loop.registry.register(&ends.server, token: 1, interests: interests)
    try loop.registry.deregister(&ends.server)
  }

  @Test("INT-08 A backend that cannot deliver priority refuses to reregister for it")
  func reregisters() throws(IOError) {
    var loop = try Loop()
    var ends = try Connected()
    try loop.registry.register(&ends.server, token: 1, interests: .readable)
    if Backend.hasPriority {
      try loop.registry.reregister(&ends.server, token: 2, interests: [.readable, .priority])
    } else {
      expectError(.unsupported) { () throws(IOError) in
        try loop.registry.reregister(&ends.server, token: 2, interests: [.readable, .priority])
      }
    }
    try ends.client.writeFully([1])
    try loop.expect(Backend.hasPriority ? 2 : 1, .readable)
  }
}
