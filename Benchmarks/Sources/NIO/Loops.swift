import Glibc
import Harness
import NIOCore
import NIOPosix
import Synchronization

/// Two event loops that give each other work in turn.
func runWake(_ options: Options) throws {
  let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
  let first = group.next()
  let second = group.next()
  let countdown = Countdown(options.rounds, on: first)
  @Sendable func turn() {
    second.execute {
      first.execute {
        countdown.doOne()
        if !countdown.isDone { turn() }
      }
    }
  }
  begin_measuring()
  first.execute { turn() }
  try countdown.wait()
  end_measuring(UInt64(options.rounds))
}

/// Threads that give an event loop work as often as they can; the loop never sleeps, since it has some of its own.
///
/// Every piece of work is done, so no two wakes are reported as one here.
func runWakeStorm(_ options: Options) throws {
  let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
  let countdown = Countdown(options.rounds * options.threads, on: loop)
  @Sendable func stayAwake() {
    if !countdown.isDone { loop.execute { stayAwake() } }
  }
  begin_measuring()
  loop.execute { stayAwake() }
  for _ in 0..<options.threads {
    startThread {
      for _ in 0..<options.rounds { loop.execute { countdown.doOne() } }
    }
  }
  try countdown.wait()
  end_measuring(UInt64(options.rounds * options.threads))
}

/// What channels of connected sockets take of the process's memory.
func runFootprint(_ options: Options) throws {
  let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  var pair: [Int32] = [0, 0]
  // Safety: the array has room for the two descriptors that the call writes.
  guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0 else { fail("socketpair failed") }
  let descriptors = (0..<options.registrations).map { _ in dup(pair[0]) }
  guard descriptors.allSatisfy({ $0 >= 0 }) else { fail("dup failed") }
  let before = resident_bytes()
  let channels = try descriptors.map { descriptor in
    try ClientBootstrap(group: group).withConnectedSocket(descriptor).wait()
  }
  let bytes = resident_bytes() - before
  guard channels.allSatisfy(\.isActive) else { fail("a channel is closed") }
  report_footprint(channels.count, bytes)
}

/// Counts pieces of work down, and keeps a promise when none is left.
final class Countdown: Sendable {
  private let remaining: Atomic<Int>
  private let done: EventLoopPromise<Void>

  init(_ count: Int, on loop: any EventLoop) {
    remaining = Atomic(count)
    done = loop.makePromise()
  }

  var isDone: Bool { remaining.load(ordering: .relaxed) == 0 }

  func doOne() {
    if remaining.subtract(1, ordering: .relaxed).newValue == 0 { done.succeed() }
  }

  func wait() throws { try done.futureResult.wait() }
}
