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
    let mine = Int.random(in: 0..<couples.count, using: &random)
    let (left, right) = (shared.ends[2 * couples[mine]], shared.ends[2 * couples[mine] + 1])
    let end = Bool.random(using: &random) ? left : right
    let choice: [Interests] = [.readable, .writable, [.readable, .writable], [.readable, .priority], .priority]
    let interests = choice.randomElement(using: &random)!
    switch Int.random(in: 0..<71, using: &random) {
    case 0:
      // The event is awaited now or before the next time.
      wakerEnd.awaitEvents()
      for _ in 0..<Int.random(in: 1...3, using: &random) { try wakerEnd.wake(waker) }
      if Bool.random(using: &random) { wakerEnd.awaitEvents() }
    case 1:
      // A waker is dropped while its wake is pending or delivered, or unused.
      let (token, wakes, waits) = (briefEnd.issue(), Int.random(in: 0..<3, using: &random), Bool.random(using: &random))
      try withExtendedLifetime(shared.registry.makeWaker(token: token)) { waker throws(IOError) in
        for _ in 0..<wakes { try briefEnd.wake(waker) }
        // Without a wake of its own no event would come for one that went with an earlier waker.
        if wakes > 0, waits { briefEnd.awaitEvents() }
      }
      briefEnd.retire(token)
    case 2:
      // A couple goes on the shelf, whatever the state of its registrations.
      let theirs = Int.random(in: 0..<Shared.couplesEach, using: &random)
      shared.shelf.withState { swap(&$0[theirs], &couples[mine]) }
      count(.exchanged)
    case _ where !left.isOpen && !right.isOpen: try connect(left, right, kind: .random(in: 0..<8, using: &random))
    case ..<7: try end.close(byName: Bool.random(using: &random))
    case ..<15: end.change(.deregister, interests)
    case ..<27: end.change(.reregister, interests)
    case ..<43: end.change(.register, interests)
    case ..<55: if try end.write(.random(in: 1...500, using: &random)) { count(.written) }
    case ..<59: if try end.source?.sendUrgent() == true { count(.urged) }
    default: if try end.read() != nil { count(.read) }
    }
  }
}
