import AllocationCounter
import ExampleSupport
import MetalIO

let turns = 10_000

/// What was counted, one thing after the other.
struct Report {
  let allocatesOnPurpose: Bool
  /// The things that allocated nothing, and those that did.
  var clean = 0
  var unclean = 0

  /// Runs a turn many times, after a few to warm up, and reports the allocations made meanwhile.
  ///
  /// A selector that keeps a table lets it grow when a source is registered. The first turns have it grow as far as the
  /// others need: those register no more sources at a time, and none of a greater descriptor number. What a turn is
  /// prepared by is not counted.
  mutating func count(
    _ name: String, after preparation: () throws(IOError) -> Void = {}, _ turn: () throws(IOError) -> Void
  ) throws(IOError) {
    for _ in 0..<10 {
      try preparation()
      try turn()
    }
    var deliberate: [Int] = []
    var allocations: UInt64 = 0
    for index in 0..<turns {
      try preparation()
      let before = allocation_counter_allocations()
      try turn()
      if allocatesOnPurpose { deliberate = [deliberate.count, index] }
      allocations += allocation_counter_allocations() - before
    }
    announce("\(name): \(allocations) allocations in \(turns) turns")
    if allocations == 0 { clean += 1 } else { unclean += 1 }
  }
}

/// Expects that an operation throws an error of a kind; anything else ends the program.
func expect<R: ~Copyable>(_ kind: IOError.Kind, _ operation: () throws(IOError) -> R) throws(IOError) {
  do throws(IOError) {
    _ = try operation()
  } catch {
    guard error.kind == kind else { throw error }
    return
  }
  fail("allocation-probe: a call succeeded that should have thrown")
}

/// Ends the program unless what was counted is what was to be moved.
func require(_ condition: Bool) {
  guard condition else { fail("allocation-probe: other bytes were moved than were to be") }
}
