import MetalIO
import Synchronization

/// What the workers and the poller share.
final class Shared: Sendable {
  static let workers = 4
  static let couplesPerWorker = 12
  static let couplesOnShelf = 8
  static let places = 2 * (workers * couplesPerWorker + couplesOnShelf)

  let registry: Registry
  let ledger: Ledger
  let wakes: WakeLedger
  /// Couples that nobody works on; a worker that puts one there takes another.
  let shelf = Locked(Slab<Couple>())
  let counts = Counts()

  init(registry: Registry) throws(IOError) {
    self.registry = registry
    // Behind the places of the couples' ends, each worker has one for its listener and one for short-lived wakers.
    ledger = Ledger(places: Self.places + 2 * Self.workers)
    wakes = try WakeLedger(workers: Self.workers, registry: registry)
    for index in 0..<Self.couplesOnShelf {
      shelf.withLock { _ = $0.insert(Couple(firstPlace: 2 * (Self.workers * Self.couplesPerWorker + index))) }
    }
  }

  static func listenerPlace(of worker: Int) -> Int { places + 2 * worker }
  static func wakerPlace(of worker: Int) -> Int { places + 2 * worker + 1 }
}

/// How often each thing was done.
final class Counts: Sendable {
  let made = Atomic<Int>(0)
  let closed = Atomic<Int>(0)
  let registered = Atomic<Int>(0)
  let reregistered = Atomic<Int>(0)
  let deregistered = Atomic<Int>(0)
  let read = Atomic<Int>(0)
  let written = Atomic<Int>(0)
  let urged = Atomic<Int>(0)
  let exchanged = Atomic<Int>(0)
  let woken = Atomic<Int>(0)
  let polls = Atomic<Int>(0)
  let events = Atomic<Int>(0)
  let raced = Atomic<Int>(0)
  let forgotten = Atomic<Int>(0)
}

extension Counts: CustomStringConvertible {
  var description: String {
    func value(_ count: borrowing Atomic<Int>) -> Int { count.load(ordering: .relaxed) }
    return """
      \(value(made)) made, \(value(closed)) closed, \(value(registered)) registered, \
      \(value(reregistered)) reregistered, \(value(deregistered)) deregistered, \(value(read)) read, \
      \(value(written)) written, \(value(urged)) urged, \(value(exchanged)) exchanged, \
      \(value(woken)) woken; \
      \(value(polls)) polls, \(value(events)) events, \(value(raced)) raced, \(value(forgotten)) forgotten
      """
  }
}

/// Counts one more.
func count(_ counter: borrowing Atomic<Int>) {
  counter.add(1, ordering: .relaxed)
}
