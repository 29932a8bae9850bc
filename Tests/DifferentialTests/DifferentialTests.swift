import Glibc
import MetalCore
import Testing

@Suite("Differential: the simulator and Linux")
struct DifferentialTests {
  /// Programs for differences that random ones show too rarely.
  fileprivate static let scripts: [[Operation]] = [
    // S6: a write to a peer that has closed, and the error of the reset that answers it.
    [
      .openListener(0), .connect(0, to: 0, into: 1), .accept(0, into: 2), .close(2, reset: false),
      .write(1, .plain, count: 7), .takeError(1),
    ],
    // R15: what has arrived, and an error behind it.
    [
      .openUDP(0), .openUDP(1), .connectUDP(0, to: 1), .sendTo(1, 0, count: 5), .close(1, reset: false),
      .write(0, .plain, count: 7), .read(0, .plain, count: 100),
    ],
    // R14: an error that is peeked at.
    [
      .openUDP(0), .openUDP(1), .connectUDP(0, to: 1), .close(1, reset: false), .write(0, .plain, count: 7),
      .read(0, .peek, count: 10), .read(0, .plain, count: 10),
    ],
    // X3: an error, and another peer.
    [
      .openUDP(0), .openUDP(1), .openUDP(2), .connectUDP(0, to: 1), .close(1, reset: false),
      .write(0, .plain, count: 7), .connectUDP(0, to: 2), .write(0, .plain, count: 7),
    ],
    // X3, and the other peer, which gets nothing on Linux.
    [
      .openUDP(0), .openUDP(1), .openUDP(2), .register(2, .readable, Token(1)), .connectUDP(0, to: 1),
      .close(1, reset: false), .write(0, .plain, count: 7), .connectUDP(0, to: 2), .write(0, .plain, count: 7), .poll,
    ],
  ]

  // Each in a process of its own: while another test starts a child, that has a copy of all that is closed here.

  @Test("Fixed programs do the same on the simulator, on epoll and on poll(2), but for the known differences")
  func fixedSeeds() async {
    await #expect(processExitsWith: .success) {
      var seen: Set<KnownDifference> = []
      for seed in UInt64(0)..<150 {
        seen.formUnion(try compare(seed: seed).seen)
      }
      for script in DifferentialTests.scripts {
        seen.formUnion(try compare(seed: 0, script).seen)
      }
      let unseen = KnownDifference.all.filter { !seen.contains($0) }
      #expect(unseen.isEmpty, "no program has shown these differences: \(unseen)")
    }
  }

  @Test(
    "The program of the seed in METAL_DIFFERENTIAL_SEED does the same, but for the known differences",
    .enabled(if: number("METAL_DIFFERENTIAL_SEED") != nil))
  func givenSeed() async {
    await #expect(processExitsWith: .success) {
      _ = try compare(seed: #require(number("METAL_DIFFERENTIAL_SEED")))
    }
  }

  /// Begins with the seed in METAL_DIFFERENTIAL_START, and without it with any.
  @Test(
    "Programs of one seed after the other, for METAL_DIFFERENTIAL_SECONDS, do the same, but for the known differences",
    .enabled(if: number("METAL_DIFFERENTIAL_SECONDS") != nil))
  func moreSeeds() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
      try compareSeeds { _ = try compare(seed: $0) }
    }
    print(String(decoding: result?.standardOutputContent ?? [], as: UTF8.self), terminator: "")
  }
}

/// Runs the program of a seed, or a given one; a difference that is not in the table is recorded, with the seed to
/// repeat it by.
private func compare(seed: UInt64, _ script: [Operation]? = nil) throws -> Comparison {
  let folder = try Folder()
  let comparison = try Comparison(seed: seed, folder: folder.path)
  if let failure = try comparison.run(script) { Issue.record("\(failure)") }
  return comparison
}

/// Compares programs of one seed after the other for METAL_DIFFERENTIAL_SECONDS, and prints how many there were.
func compareSeeds(_ compare: (UInt64) throws -> Void) throws {
  let end = try ContinuousClock.now + .seconds(#require(number("METAL_DIFFERENTIAL_SECONDS")))
  let start = number("METAL_DIFFERENTIAL_START") ?? UInt64.random(in: 1_000...UInt64(Int64.max))
  var seed = start
  while ContinuousClock.now < end {
    try compare(seed)
    seed += 1
  }
  print("differential: \(seed - start) programs from seed \(start)")
}

/// A number in the environment; `nil` if there is none of the name.
func number(_ name: String) -> UInt64? {
  // Safety: the text is copied before anything can change it.
  unsafe getenv(name).flatMap { unsafe UInt64(String(cString: $0)) }
}

/// A folder for the programs' socket files, which goes with what is in it.
private struct Folder: ~Copyable {
  let path: String

  init() throws(IOError) {
    var template = Array("/tmp/metal-XXXXXX".utf8CString)
    // Safety: the call writes to the last six characters.
    let result = unsafe template.withUnsafeMutableBufferPointer { unsafe mkdtemp($0.baseAddress!) }
    if unsafe result == nil { throw IOError(.other, code: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    for name in ["epoll", "poll"] { unsafe mkdir("\(path)/\(name)", 0o700) }
  }

  deinit {
    for name in ["epoll", "poll"] {
      for number in 1..<200 { unsafe unlink("\(path)/\(name)/\(number)") }
      unsafe rmdir("\(path)/\(name)")
    }
    unsafe rmdir(path)
  }
}
