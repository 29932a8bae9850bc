import Glibc
import MetalCore
import Synchronization

/// Two threads that wake each other in turn.
func runWake(_ options: Options) throws(IOError) {
  let rounds = options.rounds
  let first = Sleeper()
  let second = Sleeper()
  let thread = RunningThread {
    do throws(IOError) {
      var bed = try Bed(of: second)
      let other = first.waker()
      for _ in 0..<rounds {
        try bed.sleep()
        try other.wake()
      }
    } catch {
      fail("\(error)")
    }
  }
  var bed = try Bed(of: first)
  let other = second.waker()
  let measuring = Measuring()
  for _ in 0..<rounds {
    try other.wake()
    try bed.sleep()
  }
  measuring.end(operations: rounds)
  thread.join()
}

/// Threads that wake another one, which never sleeps, as often as they can.
func runWakeStorm(_ options: Options) throws(IOError) {
  let rounds = options.rounds
  let working = Working(options.threads)
  let sleeper = Sleeper()
  var bed = try Bed(of: sleeper)
  let measuring = Measuring()
  let threads = (0..<options.threads).map { _ in
    RunningThread {
      let waker = sleeper.waker()
      do throws(IOError) {
        for _ in 0..<rounds { try waker.wake() }
      } catch {
        fail("\(error)")
      }
      working.leave()
    }
  }
  var heard = 0
  while working.goesOn { heard += try bed.look() }
  heard += try bed.look()
  guard heard > 0 else { fail("no wake was heard") }
  measuring.end(operations: rounds * options.threads)
  for thread in threads { thread.join() }
}

/// What other threads know of one that can be woken.
private final class Sleeper: Sendable {
  private let published = Mutex<Waker?>(nil)

  func publish(_ waker: Waker) {
    published.withLock { $0 = waker }
  }

  /// The waker, as soon as there is one.
  func waker() -> Waker {
    while true {
      if let waker = published.withLock({ $0 }) { return waker }
      sched_yield()
    }
  }
}

/// Where a thread sleeps until it is woken.
private struct Bed: ~Copyable {
  var poll: Poll
  var events = Events(capacity: 4)

  init(of sleeper: Sleeper) throws(IOError) {
    let poll = try Poll()
    sleeper.publish(try poll.registry.makeWaker(token: 0))
    self.poll = poll
  }

  mutating func sleep() throws(IOError) {
    repeat { try poll.wait(into: &events) } while events.isEmpty
  }

  /// Does not sleep; returns how many wakes were seen, of which many make one.
  mutating func look() throws(IOError) -> Int {
    try poll.wait(into: &events, timeout: .zero)
    return events.count
  }
}

/// How many threads have not left yet.
private final class Working: Sendable {
  private let count: Atomic<Int>

  init(_ count: Int) {
    self.count = Atomic(count)
  }

  var goesOn: Bool { count.load(ordering: .acquiring) > 0 }

  func leave() {
    count.subtract(1, ordering: .releasing)
  }
}
