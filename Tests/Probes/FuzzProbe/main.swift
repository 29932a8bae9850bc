// fuzz-probe [SECONDS [SEED]]: random operations on sources of every kind, from four threads at once.
// fuzz-probe race: two threads of the program's own race, and nothing else happens: the thread sanitizer must notice.
//
// The threads make, register, reregister, deregister, read, write, close, drop and hand on their sources, and wake,
// all on one poll, on which a fifth thread waits. The program fails if
//   an event has a token that was never given out, or whose registration had ended when the poll began;
//   no event of its waker follows a wake;
//   misuse is not refused, or anything fails that should not;
//   in the end, when the threads have finished, a source that has something to read, or urgent, is not reported;
//   a descriptor is left open.
// The seed decides what each thread does; how they meet is up to the machine. Without a seed the system is asked for one.

import ExampleSupport
import Glibc
import MetalIO

/// Returns the number of descriptors that are open.
func openDescriptors() -> Int {
  (Int32(0)..<4096).count { fcntl($0, F_GETFD) >= 0 }
}

/// Has the workers run, polls meanwhile, and checks the sources that they leave.
func run(seconds: UInt64, seed: UInt64) throws {
  let poll = try Poll()
  let shared = Shared(poll.registry)
  // They keep their wakers until all threads have ended.
  let workers = try (0..<Shared.workers).map { try Worker($0, seed: seed, shared) }
  var poller = Poller(poll: poll, shared: shared, random: SplitMix64(seed: ~seed))
  let deadline = ContinuousClock.now + .seconds(seconds)
  try runThreads(Shared.workers) { index in
    var worker = workers[index]
    try! worker.run(until: deadline)
  } _: { () throws(IOError) in
    try poller.run()
  }
  try poller.checkReadiness()
}

if CommandLine.arguments.last == "race" {
  nonisolated(unsafe) var contested = 0
  // Safety: there is none, on purpose.
  try meanwhile {
    unsafe contested += 1
  } _: {
    unsafe contested += 1
  }
  fail("fuzz-probe: raced on purpose, and was not stopped")
}
let numbers = CommandLine.arguments.dropFirst().map { UInt64($0)! }
let seed = numbers.dropFirst().first ?? .random(in: 0...999_999_999)
announce("fuzz-probe: seed \(seed)")
let before = openDescriptors()
try run(seconds: numbers.first ?? 2, seed: seed)
let after = openDescriptors()
guard after == before else { fail("fuzz-probe: \(before) descriptors were open, and \(after) are") }
announce("fuzz-probe: \(Count.summary)")
