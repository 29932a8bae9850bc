// fuzz-probe [--seed N] [--seconds S] [--race]: random operations on sources of every kind, from four threads at once.
//
// The threads make, register, reregister, deregister, read, write, close, drop and hand on their sources, and wake,
// all on one poll, on which a fifth thread waits. The program fails if
//
//   an event has a token that was never given out, or whose registration had ended when the poll began;
//   a wake is not followed by its waker's event;
//   misuse is not refused, or anything fails that should not;
//   in the end, when the threads have finished, a source that has something to read, or urgent, is not reported;
//   a descriptor is left open.
//
// The seed decides what each thread does; how they meet is up to the machine. Without one the system is asked.
// With --race two threads of the program's own race, and nothing else happens: the thread sanitizer must notice.

import ExampleSupport
import MetalIO
import ProbeSupport
import Synchronization

/// The number behind a name among the arguments.
func argument(_ name: String) -> UInt64? {
  guard let place = CommandLine.arguments.firstIndex(of: name) else { return nil }
  guard place + 1 < CommandLine.arguments.count, let number = UInt64(CommandLine.arguments[place + 1]) else {
    fail("fuzz-probe: \(name) needs a number")
  }
  return number
}

/// Runs a worker, and ends the program if anything is thrown that it does not expect.
@Sendable func work(_ index: Int, _ seed: UInt64, _ shared: Shared, until deadline: ContinuousClock.Instant) {
  do throws(IOError) {
    var worker = try Worker(index: index, seed: seed, shared)
    try worker.run(until: deadline)
    try shared.wakes.finish()
  } catch {
    fail("fuzz-probe: worker \(index): \(error)")
  }
}

/// Has the workers run, polls meanwhile, and checks what they leave.
func run(seed: UInt64, seconds: UInt64) throws(IOError) {
  let poll = try Poll()
  let shared = try Shared(registry: poll.registry)
  var poller = Poller(poll, shared, seed: seed)
  let deadline = ContinuousClock.now + .seconds(Int64(seconds))
  var threads = Slab<RunningThread>()
  for index in 0..<Shared.workers {
    threads.insert(RunningThread { work(index, seed, shared, until: deadline) })
  }
  try poller.run()
  while let token = threads.firstToken { threads.remove(token)?.join() }

  var couples = Slab<Couple>()
  shared.shelf.withLock { swap(&$0, &couples) }
  var quiescence = Quiescence(poller, couples)
  try quiescence.run()
  announce(
    """
    fuzz-probe: \(shared.counts); in the end \(quiescence.waiting) waited, \(quiescence.sent) sent, \
    \(quiescence.urged) urged
    """)
}

if CommandLine.arguments.contains("--race") {
  race()
  fail("fuzz-probe: raced on purpose, and was not stopped")
}
let seed = argument("--seed") ?? UInt64.random(in: 0...999_999_999)
announce("fuzz-probe: seed \(seed)")
let before = openDescriptors()
do throws(IOError) {
  try run(seed: seed, seconds: argument("--seconds") ?? 2)
} catch {
  fail("fuzz-probe: \(error)")
}
let after = openDescriptors()
guard after == before else { fail("fuzz-probe: \(before) descriptors were open, and \(after) are") }
