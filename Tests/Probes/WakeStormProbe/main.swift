// wake-storm-probe [--wakes N] [--work MICROSECONDS] [--runs N]: what a wake costs while others are pending.
//
// One thread, and then two, wake a loop as fast as they can, N times each: all through one waker, and each through its
// own. The loop polls; with --work it is busy for so long after each poll, as a loop that has other things to do. The
// run with the median time is printed: wakes per second, the time of one wake as a thread sees it, and per wake the
// writes that the system was asked for, by wakers and nobody else, and the polls. These are times, of one machine in one
// mood: nothing is gated on them. That no wake is lost is: each thread announces its end by a last wake, and a loop that
// is not told waits in vain, and the program fails.

import ExampleSupport
import Glibc
import MetalIO
import ProbeSupport
import Synchronization

/// What a storm took.
struct Figures {
  var wakes: Int
  var threads: Int
  var wall: Int
  var writes: Int
  var polls: Int

  var line: String {
    let perSecond = wakes * 1_000_000_000 / max(wall, 1)
    let each = wall * threads / wakes
    return
      "\(perSecond) wakes/s, \(each) ns each, \(thousandths(writes)) writes and \(thousandths(polls)) polls a wake"
  }

  /// A number per wake, with three decimals.
  private func thousandths(_ count: Int) -> String {
    let share = (count * 1_000 + wakes / 2) / wakes
    let decimals = String(share % 1_000)
    return "\(share / 1_000)." + String(repeating: "0", count: 3 - decimals.count) + decimals
  }
}

/// The writes that all threads of this process have asked the system for.
func writeCalls() -> Int {
  guard let file = unsafe fopen("/proc/self/io", "r") else {
    fail("wake-storm-probe: the system does not count writes")
  }
  defer { unsafe fclose(file) }
  var line = [CChar](repeating: 0, count: 128)
  // Safety: the call writes at most as many characters as it is told, and ends them by a zero.
  while unsafe fgets(&line, Int32(line.count), file) != nil {
    let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      .split(separator: " ")
    if words.count == 2, words[0] == "syscw:", let count = Int(words[1].dropLast()) { return count }
  }
  fail("wake-storm-probe: the system does not count writes")
}

/// Keeps the processor busy.
func work(_ microseconds: Int) {
  guard microseconds > 0 else { return }
  let end = wallNanoseconds + microseconds * 1_000
  while wallNanoseconds < end {}
}

/// How many threads have made all their wakes.
final class Progress: Sendable {
  private let finished = Atomic<Int>(0)

  /// Declares a thread's wakes made, but for a last one that tells the loop to look.
  func finish() { finished.add(1, ordering: .releasing) }

  var count: Int { finished.load(ordering: .acquiring) }
}

/// Wakes a loop from a number of threads, and measures until it has heard of their end.
func storm(threads: Int, wakes: Int, work microseconds: Int, isShared: Bool) throws(IOError) -> Figures {
  var poll = try Poll()
  var events = Events(capacity: 16)
  var wakers = [try poll.registry.makeWaker(token: 1)]
  while wakers.count < threads {
    wakers.append(isShared ? wakers[0] : try poll.registry.makeWaker(token: 1))
  }
  let progress = Progress()
  let (writes, start) = (writeCalls(), wallNanoseconds)
  // Two at most: an array cannot hold what must be joined.
  let first = makeWakes(wakers[0], wakes, progress)
  let second: RunningThread? = threads > 1 ? makeWakes(wakers[1], wakes, progress) : nil
  var polls = 0
  repeat {
    try poll.wait(into: &events, timeout: .seconds(10))
    guard !events.isEmpty else { fail("wake-storm-probe: a wake was lost") }
    polls += 1
    work(microseconds)
  } while progress.count < threads
  let figures = Figures(
    wakes: threads * wakes, threads: threads, wall: wallNanoseconds - start, writes: writeCalls() - writes,
    polls: polls)
  first.join()
  if let second { second.join() }
  return figures
}

/// Starts a thread that makes a number of wakes.
func makeWakes(_ waker: Waker, _ count: Int, _ progress: Progress) -> RunningThread {
  RunningThread {
    do throws(IOError) {
      for _ in 1..<count { try waker.wake() }
      progress.finish()
      try waker.wake()
    } catch {
      fail("wake-storm-probe: \(error)")
    }
  }
}

func run() throws(IOError) {
  let wakes = max(argument("--wakes", default: 1_000_000), 1)
  let runs = max(argument("--runs", default: 5), 1)
  let microseconds = argument("--work", default: 0)
  for (threads, isShared) in [(1, true), (2, true), (2, false)] {
    var all: [Figures] = []
    for _ in 0..<runs {
      all.append(try storm(threads: threads, wakes: wakes, work: microseconds, isShared: isShared))
    }
    let median = all.sorted { $0.wall < $1.wall }[runs / 2]
    let name = threads == 1 ? "one thread" : isShared ? "two threads, one waker" : "two threads, a waker each"
    announce("\(name): \(median.line)")
  }
}

do throws(IOError) {
  try run()
} catch {
  fail("wake-storm-probe: \(error)")
}
