import MetalCore
import Testing

@Suite("Differential: addresses and options")
struct SetUpTests {
  @Test("Fixed programs of binds, connects and options do the same, but for the known differences")
  func fixedSeeds() async {
    await #expect(processExitsWith: .success) {
      var seen: Set<KnownSetUpDifference> = []
      // The last ones are for differences that are rare.
      for seed in Array(0..<400) + [5_475, 10_804, 11_264, 14_405] { seen.formUnion(compareSetUp(seed: UInt64(seed))) }
      // A difference in ports may fail to show because of what else this machine does.
      for seed in 400..<20_000 where seen.count < KnownSetUpDifference.all.count {
        seen.formUnion(compareSetUp(seed: UInt64(seed)))
      }
      let unseen = KnownSetUpDifference.all.filter { !seen.contains($0) }
      #expect(unseen.isEmpty, "no program has shown these differences: \(unseen)")
    }
  }

  /// Begins with the seed in METAL_DIFFERENTIAL_START, and without it with any.
  @Test(
    "Programs of one seed after the other, for METAL_DIFFERENTIAL_SECONDS, do the same, but for the known differences",
    .enabled(if: number("METAL_DIFFERENTIAL_SECONDS") != nil))
  func moreSeeds() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
      try compareSeeds { _ = compareSetUp(seed: $0) }
    }
    print(String(decoding: result?.standardOutputContent ?? [], as: UTF8.self), terminator: "")
  }
}

/// Runs the program of a seed and returns the known differences that it showed; one that is not in the table is recorded.
///
/// A port that the simulator gave a socket may be somebody else's on this machine: a difference counts if it comes three
/// times, each with other ports.
private func compareSetUp(seed: UInt64) -> Set<KnownSetUpDifference> {
  var comparison = SetUpComparison(seed: seed)
  for attempt in 1...3 {
    guard let difference = comparison.run() else { break }
    if attempt == 3 {
      let steps = comparison.steps.joined(separator: "\n")
      Issue.record("seed \(seed): \(difference)\n\(steps)")
    } else {
      comparison = SetUpComparison(seed: seed)
    }
  }
  return comparison.seen
}
