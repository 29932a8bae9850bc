import MetalIO
import Synchronization

/// A thread's share of the work: random operations on couples of its own, until the time is over.
struct Worker {
  let shared: Shared
  var random: SplitMix64
  var couples: [Int]
  let waker: Waker
  let wakerEnd: End
  /// The end of the wakers that soon go.
  let briefEnd: End

  init(_ index: Int, seed: UInt64, _ shared: Shared) throws(IOError) {
    self.shared = shared
    random = SplitMix64(seed: seed &+ UInt64(index))
    couples = Array(index * Shared.couplesEach..<(index + 1) * Shared.couplesEach)
    wakerEnd = shared.ends[2 * (Shared.couples + index)]
    briefEnd = shared.ends[2 * (Shared.couples + index) + 1]
    waker = try shared.registry.makeWaker(token: wakerEnd.issue())
  }

  /// Works until a point in time.
  mutating func run(until deadline: ContinuousClock.Instant) throws(IOError) {
    while ContinuousClock.now < deadline {
      for _ in 0..<64 { try act() }
    }
    wakerEnd.awaitEvents()
    shared.working.subtract(1, ordering: .relaxed)
    try wakerEnd.wake(waker)
  }

  /// Does one thing, most often to one end of a couple, which most often stays open and registered.
  private mutating func act() throws(IOError) {
    let mine = random.below(couples.count)
    let (left, right) = (shared.ends[2 * couples[mine]], shared.ends[2 * couples[mine] + 1])
    let end = random.below(2) == 0 ? left : right
    let choice: [Interests] = [.readable, .writable, [.readable, .writable], [.readable, .priority], .priority]
    let interests = choice[random.below(choice.count)]
    switch random.below(71) {
    case 0:
      // The event is awaited now or before the next time.
      wakerEnd.awaitEvents()
      for _ in 0...random.below(3) { try wakerEnd.wake(waker) }
      if random.below(2) == 0 { wakerEnd.awaitEvents() }
    case 1:
      // A waker is dropped while its wake is pending or delivered, or unused.
      let (token, wakes, waits) = (briefEnd.issue(), random.below(3), random.below(2) == 0)
      try withExtendedLifetime(shared.registry.makeWaker(token: token)) { waker throws(IOError) in
        for _ in 0..<wakes { try briefEnd.wake(waker) }
        // Without a wake of its own no event would come for one that went with an earlier waker.
        if wakes > 0, waits { briefEnd.awaitEvents() }
      }
      briefEnd.retire(token)
    case 2:
      // A couple goes on the shelf, whatever the state of its registrations.
      let theirs = random.below(Shared.couplesEach)
      shared.shelf.withState { swap(&$0[theirs], &couples[mine]) }
      count(.exchanged)
    case _ where !left.isOpen && !right.isOpen: try connect(left, right, kind: random.below(8))
    case ..<7: try end.close(byName: random.below(2) == 0)
    case ..<15: end.change(.deregister, interests)
    case ..<27: end.change(.reregister, interests)
    case ..<43: end.change(.register, interests)
    case ..<55: if try end.write(1 + random.below(500)) { count(.written) }
    case ..<59: if try end.source?.sendUrgent() == true { count(.urged) }
    default: if try end.read() != nil { count(.read) }
    }
  }
}
